"""Previews: the newest message with words of a thread, as a list of threads shows it (decision 76)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...documents import MessageRow

PREVIEW_CHARACTERS = 200
_ROLES = frozenset({"user", "assistant"})
PREVIEW_FIELDS = {"seq": 1, "type": 1, "role": 1, "content": 1, "revision": 1}
"""The fields of a message of which a preview is made."""


def preview_of(row: MessageRow) -> dict[str, Any] | None:
    """The preview of a message. None if it has no words of a user or an assistant: items, instructions, calls without a text."""
    if row["type"] != "message" or row["role"] not in _ROLES or not row["content"].strip():
        return None
    return {
        "id": row["_id"],
        "seq": row["seq"],
        "role": row["role"],
        "text": row["content"][:PREVIEW_CHARACTERS],
        "revision": row["revision"],
    }


def newest_preview_of(rows: Iterable[MessageRow]) -> dict[str, Any] | None:
    """The preview of the last row that has one. The rows are in the order of their numbers."""
    previews = [preview for row in rows if (preview := preview_of(row)) is not None]
    return previews[-1] if previews else None


def preview_update(preview: dict[str, Any] | None) -> dict[str, Any]:
    """The stage fields that set the preview of a thread if it is newer than the stored one. Empty without a preview."""
    if preview is None:
        return {}
    is_newer = {"$gt": [preview["seq"], {"$ifNull": ["$last_message.up_to", 0]}]}
    stored = {"$literal": stored_preview(preview, preview["seq"])}
    return {"last_message": {"$cond": [is_newer, stored, "$last_message"]}}


def stored_preview(preview: dict[str, Any] | None, up_to: int) -> dict[str, Any]:
    """The stored form of a preview that is right for all messages with numbers up to `up_to`."""
    return {"up_to": up_to, **(preview or {})}
