"""Compares messages of a file with the stored messages that have the same ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...services import is_placeholder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ...documents import Documents, MessageRow

# The database decides these fields, or changes them with each edit of another field.
_NOT_COMPARED = frozenset({"seq", "updated_at", "revision", "schema_version", "batch", "imported_at"})

_FOLLOW_FROM_ITEM = frozenset(
    {"content", "parts", "item", "item_id", "tool_calls", "tool_call_id", "status", "completed_at"}
)
_ITEMS_IN_ONE_FORM = 2
"""The schema version since which items have one form (`documents/item_upgrade.py`)."""


async def stored_messages(documents: Documents, rows: Iterable[MessageRow]) -> dict[str, MessageRow]:
    """Return the stored rows with the ids of these messages, by id."""
    return {row["_id"]: row async for row in documents.messages.find({"_id": {"$in": [row["_id"] for row in rows]}})}


def first_difference(rows: list[MessageRow], stored: Mapping[str, MessageRow]) -> str | None:
    """Return a sentence about the first message that is not stored equally in its thread; None if all are equal.

    Newer messages in the stored thread are no difference.
    """
    last = 0
    for row in rows:
        known = stored.get(row["_id"])
        if known is None or known["thread_id"] != row["thread_id"]:
            return f"message {row['_id']!r} is not in it"
        if known["seq"] <= last:
            return f"message {row['_id']!r} has another position in it"
        last = known["seq"]
        if is_placeholder(known):
            return f"message {row['_id']!r} was deleted from it"
        field = _different_field(row, known)
        if field is not None:
            return f"message {row['_id']!r} has another {field} there"
    return None


def _different_field(row: Any, known: Any) -> str | None:
    fields = (row.keys() | known.keys()) - _NOT_COMPARED
    if row["type"] != "message" and known["schema_version"] < _ITEMS_IN_ONE_FORM:
        fields -= _FOLLOW_FROM_ITEM
    return next((name for name in sorted(fields) if row.get(name) != known.get(name)), None)
