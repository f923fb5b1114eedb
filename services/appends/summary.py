"""The summary of a thread: the number and the time of its newest message, and how many messages it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .previews import preview_update

if TYPE_CHECKING:
    from datetime import datetime

REMOVED_COUNT: dict[str, Any] = {"$add": ["$deleted_count", {"$ifNull": ["$cut_count", 0]}]}
"""An expression: the number of messages of a thread that were deleted or cut."""


def living(thread_id: str) -> dict[str, Any]:
    """The filter for the thread, unless it is deleted."""
    return {"_id": thread_id, "deleted_at": None}


def summary(last_seq: int, last_message_at: datetime, preview: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The update of a thread's summary after an append. `preview` is that of its newest message with words.

    Several such updates may arrive in any order and more than once: the result is the same.
    """
    return [
        {
            "$set": {
                **preview_update(preview),
                "last_seq": {"$max": ["$last_seq", last_seq]},
                "last_message_at": {"$max": ["$last_message_at", last_message_at]},
                "last_active_at": {"$max": ["$last_active_at", last_message_at]},
                "message_count": {"$subtract": [{"$max": ["$last_seq", last_seq]}, REMOVED_COUNT]},
            }
        }
    ]
