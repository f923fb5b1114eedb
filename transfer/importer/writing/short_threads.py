"""Imports a group of short threads with a few writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....errors import IdTaken
from ....services import insert_threads
from .compare import stored_messages
from .external_ids import name_thread
from .growth import ThreadGrowth
from .lookup import split_by_presence, with_known_users
from .taken_ids import with_free_ids

if TYPE_CHECKING:
    from collections.abc import Collection

    from ....documents import ThreadRow
    from .assembly import Part
    from .target import Target


async def import_group(target: Target, parts: Collection[Part]) -> None:
    """Write the threads that do not exist, and compare the others with the stored ones."""
    new, present = await split_by_presence(target, parts)
    if present:
        await _compare(target, present)
    writable = await with_known_users(target, new)
    failed = await _insert(target, writable)
    for part in writable:
        error = failed.get(part.thread["_id"])
        if error is not None:
            target.report.refuse(part.location, str(error), part.thread["_id"])
        else:
            target.report.threads += 1
            target.report.messages += len(part.rows)
            await name_thread(target, part)


async def _insert(target: Target, parts: list[Part]) -> dict[str, Exception]:
    """Insert the threads, and return the errors by thread id. Message ids that another thread has are replaced."""
    if target.dry_run:
        return {}
    failed = await insert_threads(target.documents, [(part.thread, part.rows) for part in parts])
    for part in parts:
        if isinstance(failed.get(part.thread["_id"]), IdTaken) and await with_free_ids(target.documents, part.rows):
            del failed[part.thread["_id"]]
            failed |= await insert_threads(target.documents, [(part.thread, part.rows)])
    return failed


async def _compare(target: Target, present: list[tuple[Part, ThreadRow]]) -> None:
    rows = (row for part, _ in present for row in part.rows)
    foreign = frozenset(thread["_id"] for part, thread in present if part.foreign)
    stored = await stored_messages(target.documents, rows, foreign=foreign)
    for part, thread in present:
        await ThreadGrowth(target, thread, part).take(part, stored)
