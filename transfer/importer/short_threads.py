"""Imports a group of short threads with a few writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...services import insert_threads
from .compare import first_difference, stored_messages
from .lookup import split_by_presence, with_known_users

if TYPE_CHECKING:
    from collections.abc import Collection

    from ...documents import Documents
    from .assembly import Part
    from .report import ImportReport


async def import_group(documents: Documents, parts: Collection[Part], report: ImportReport) -> None:
    """Write the threads that do not exist, and compare the others with the stored ones."""
    new, present = await split_by_presence(documents, parts, report)
    if present:
        await _compare(documents, present, report)
    writable = await with_known_users(documents, new, report)
    failed = await insert_threads(documents, [(part.thread, part.rows) for part in writable])
    for part in writable:
        error = failed.get(part.thread["_id"])
        if error is not None:
            report.refuse(part.location, str(error), part.thread["_id"])
        else:
            report.threads += 1
            report.messages += len(part.rows)


async def _compare(documents: Documents, parts: list[Part], report: ImportReport) -> None:
    stored = await stored_messages(documents, (row for part in parts for row in part.rows))
    for part in parts:
        difference = first_difference(part.rows, stored)
        if difference is not None:
            reason = f"thread {part.thread['_id']!r} is there already, but {difference}"
            report.refuse(part.location, reason, part.thread["_id"])
        else:
            report.threads_present += 1
            report.messages_present += len(part.rows)
