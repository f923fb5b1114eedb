"""Imports many short threads with a few writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...services import insert_threads
from .compare import first_difference, stored_messages
from .lookup import sort_out, with_users

if TYPE_CHECKING:
    from collections.abc import Collection

    from ...documents import Documents
    from .assembly import Part
    from .report import ImportReport


async def import_group(documents: Documents, parts: Collection[Part], report: ImportReport) -> None:
    """Write the threads that are not there, and compare those that are."""
    free, there = await sort_out(documents, parts, report)
    if there:
        await _compare(documents, there, report)
    able = await with_users(documents, free, report)
    failed = await insert_threads(documents, [(part.thread, part.rows) for part in able])
    for part in able:
        error = failed.get(part.thread["_id"])
        if error is not None:
            report.refuse(part.place, str(error), part.thread["_id"])
        else:
            report.threads += 1
            report.messages += len(part.rows)


async def _compare(documents: Documents, parts: list[Part], report: ImportReport) -> None:
    stored = await stored_messages(documents, (row for part in parts for row in part.rows))
    for part in parts:
        difference = first_difference(part.rows, stored)
        if difference is not None:
            reason = f"thread {part.thread['_id']!r} is there already, but {difference}"
            report.refuse(part.place, reason, part.thread["_id"])
        else:
            report.threads_present += 1
            report.messages_present += len(part.rows)
