"""Placeholder rows: empty rows in `messages` that reserve the number of a message that no longer exists.

A process remembers the newest number of a thread for at most a minute, and takes the following number if it is free. If
the number of a deleted message were free, the process could store a new message before older ones. A reader that continues
from the older ones would never see it. So a deleted message leaves a placeholder row with its number for five minutes,
which is longer than any process remembers a number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from ...documents import Documents, MessageRow

DELETED = "deleted"
"""The `batch.id` of a placeholder row whose message was visible."""
VOID = "void"
"""The `batch.id` of a placeholder row whose message never became visible, because its batch failed."""
CUT = "cut"
"""The `batch.id` of a row in a cut. Until the row is purged, the cuts of the thread say whether a reader shows it."""
REAL_MESSAGE: dict[str, Any] = {"batch.id": {"$nin": [DELETED, VOID, CUT]}}
"""Filter for real messages. Placeholder rows and rows in cuts carry one of these `batch.id`s; this filter excludes them."""
IS_BATCH_ID: dict[str, Any] = {"$gte": "batch_", "$lt": "batch`"}
"""Condition on `batch.id` for rows of batches. It excludes placeholder rows. A range uses the index on every server."""
_PLACEHOLDER_MARKS: dict[str, Any] = {"$gte": DELETED, "$lte": VOID}

_BATCH = 1000


def is_placeholder(row: MessageRow) -> bool:
    """Whether the row only reserves a number."""
    return "batch" in row and row["batch"]["id"] in (DELETED, VOID)


def placeholder_update(mark: str) -> dict[str, Any]:
    """The update that makes a placeholder row of a message. `mark` is `DELETED` or `VOID`."""
    cleared = ("sender_id", "assistant_id", "run_id", "tool_id", "tool_call_id", "status", "incomplete_details")
    fields = {"type": "message", "content": "", "attachments": [], "meta_data": {}, "batch": {"id": mark, "end": 0}}
    removed = ("parts", "item", "tool_calls", "client_id", "item_id", "imported_at", "covers", "pinned", "anchor")
    # The time of the database, and not of a process: clocks of processes may differ by more than a row must stay.
    return {
        "$set": {**dict.fromkeys(cleared), **fields},
        "$unset": dict.fromkeys(removed, 1),
        "$currentDate": {"updated_at": True},
    }


async def remove_placeholders(documents: Documents, before: datetime) -> None:
    """Remove the placeholder rows that were made before this time of the database, 1,000 rows at a time."""
    outdated = {"batch.id": _PLACEHOLDER_MARKS, "updated_at": {"$lt": before}}
    while rows := await documents.messages.find(outdated, {"_id": 1}, limit=_BATCH).to_list():
        await documents.messages.delete_many({"_id": {"$in": [row["_id"] for row in rows]}})
