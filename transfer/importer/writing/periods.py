"""Adds another period of a conversation to a thread that an import of an earlier or a later period made."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ....services import REAL_MESSAGE, insert_before
from .compare import Compared
from .stored_rows import rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ....documents import MessageRow
    from .compare import Stored, ThreadComparison
    from .target import Target


async def add_period(
    target: Target, comparison: ThreadComparison, rows: list[MessageRow], stored: Mapping[str, Stored]
) -> Compared | None:
    """Add the rows of a list that the thread lacks, if they come before all stored messages, or behind them.

    Rows to append are returned in `new`; rows to put before the others are inserted. Returns None if the rows and the
    stored messages do not follow each other. Raises `Difference` if a stored message differs from the file. Raises
    `PreconditionFailed` if earlier rows cannot be put before a thread that was continued.
    """
    known, _ = await comparison.known_rows(rows, stored)
    count = next((index for index, row in enumerate(known) if row is not None), len(rows))
    first, last = await _ends(target, comparison.thread_id)
    if not count or first is None or last is None or any(row is None for row in known[count:]):
        return None
    if count == len(rows) and rows[0]["created_at"] >= last["created_at"]:
        return Compared(added=count, new=rows)
    next_stored = known[count] if count < len(rows) else None
    follows = first["created_at"] >= rows[-1]["created_at"] if next_stored is None else next_stored.id == first["_id"]
    if not follows:
        return None
    compared = await comparison.take(Compared(), rows[count:], stored)
    if not target.dry_run:
        await insert_before(target.documents, target.appender, comparison.thread_id, rows[:count])
    target.report.messages += count
    return replace(compared, added=count)


async def _ends(target: Target, thread_id: str) -> tuple[MessageRow | None, MessageRow | None]:
    """The first and the last imported message of the thread. They have an id, a number and a time."""
    imported = {"imported_at": {"$exists": True}, **REAL_MESSAGE}
    first = last = None
    async for row in rows_of(target.documents, thread_id, filters=imported, fields={"seq": 1, "created_at": 1}):
        first, last = first or row, row
    return first, last
