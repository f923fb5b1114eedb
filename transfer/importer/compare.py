"""Tells whether messages of a file are in the database already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...services import is_placeholder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ...documents import Documents, MessageRow

# What the database decides, and what changes with every edit of a message beside what was edited.
_NOT_COMPARED = frozenset({"seq", "updated_at", "revision", "schema_version", "batch", "imported_at"})


async def stored_messages(documents: Documents, rows: Iterable[MessageRow]) -> dict[str, MessageRow]:
    """What is stored under the ids of these messages."""
    return {row["_id"]: row async for row in documents.messages.find({"_id": {"$in": [row["_id"] for row in rows]}})}


def first_difference(rows: list[MessageRow], stored: Mapping[str, MessageRow]) -> str | None:
    """What is different about the first of these messages that is not stored just so in its thread; None if all are.

    That the thread went on since, behind these messages, is no difference.
    """
    last = 0
    for row in rows:
        known = stored.get(row["_id"])
        if known is None or known["thread_id"] != row["thread_id"]:
            return f"message {row['_id']!r} is not in it"
        if known["seq"] <= last:
            return f"message {row['_id']!r} stands elsewhere in it"
        last = known["seq"]
        if is_placeholder(known):
            return f"message {row['_id']!r} was deleted from it"
        field = _different_field(row, known)
        if field is not None:
            return f"message {row['_id']!r} has another {field} there"
    return None


def _different_field(row: Any, known: Any) -> str | None:
    fields = (row.keys() | known.keys()) - _NOT_COMPARED
    return next((name for name in sorted(fields) if row.get(name) != known.get(name)), None)
