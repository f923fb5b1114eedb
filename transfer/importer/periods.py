"""Adds another period of a conversation to a thread that an import of an earlier or a later period made."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...documents import NEWEST
from ...services import REAL_MESSAGE, insert_before
from .compare import Compared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...documents import MessageRow
    from .compare import Comparison
    from .target import Target


async def add_period(
    target: Target, comparison: Comparison, rows: list[MessageRow], stored: Mapping[str, MessageRow]
) -> Compared | None:
    """Add the rows of a list that the thread lacks, if they come before all stored messages, or behind them.

    Rows to append are returned in `new`; rows to put before the others are inserted. Returns None if the rows and the stored
    messages do not follow each other. Raises `Difference` if a message is another one there, and `PreconditionFailed` if
    earlier rows cannot be put before a thread that was continued.
    """
    known, _ = await comparison.known_rows(rows, stored)
    count = next((index for index, row in enumerate(known) if row is not None), len(rows))
    first, last = await _end(target, comparison.thread_id, 1), await _end(target, comparison.thread_id, -1)
    if not count or first is None or last is None or any(row is None for row in known[count:]):
        return None
    if count == len(rows) and rows[0]["created_at"] >= last["created_at"]:
        return Compared(added=count, new=rows)
    next_stored = known[count] if count < len(rows) else None
    follows = (
        first["created_at"] >= rows[-1]["created_at"] if next_stored is None else next_stored["_id"] == first["_id"]
    )
    if not follows:
        return None
    compared = await comparison.take(Compared(), rows[count:], stored)
    if not target.dry_run:
        await insert_before(target.documents, target.appender, comparison.thread_id, rows[:count])
    target.report.messages += count
    return replace(compared, added=count)


async def _end(target: Target, thread_id: str, order: int) -> MessageRow | None:
    """The first or the last imported message of the thread."""
    where: Any = {"thread_id": thread_id, "seq": {"$gt": 0, "$lte": NEWEST}, "imported_at": {"$exists": True}}
    return await target.documents.messages.find_one({**where, **REAL_MESSAGE}, sort=[("seq", order)])
