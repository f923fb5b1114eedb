"""Imports files of conversations: ids, order and times stay as they are, and importing again changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pymongo

from ...services import translates_driver_errors
from .assembly import CHUNK, Part, assemble
from .long_threads import LongThreadWriter
from .models import UserLine
from .report import ImportReport, Refusal
from .short_threads import import_group
from .sources import open_source
from .users import insert_users

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from ...documents import Documents
    from ...keep import Threadkeep

WRITE_SECONDS = 120
"""What one step may take: a thousand messages on a busy small server."""


@translates_driver_errors
async def import_file(
    keep: Threadkeep,
    path: str | os.PathLike[str],
    *,
    owner_id: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Import a file of conversations; `on_progress` is told how much of how much was read.

    Each thread becomes visible together with all its messages, or not at all, and is then in the report's `problems`.
    A thread that is there already with the same messages is left alone; one with others is a problem. Users that are
    named as participants or senders (`user_…`) and do not exist are made. `owner_id` owns the threads for which the
    file names nobody.
    """
    source = open_source(path)
    importer = _Importer(keep.runtime.documents)
    for part in assemble(source, keep.runtime.limits, owner_id=owner_id):
        with pymongo.timeout(WRITE_SECONDS):
            await importer.take(part)
        if on_progress is not None:
            on_progress(source.done, source.total)
    with pymongo.timeout(WRITE_SECONDS):
        await importer.flush()
    return importer.report


class _Importer:
    """Collects what goes into a few writes: about a thousand messages of whole threads."""

    def __init__(self, documents: Documents) -> None:
        self.report = ImportReport()
        self._documents = documents
        self._users: list[UserLine] = []
        self._group: dict[str, Part] = {}
        self._size = 0
        self._long: LongThreadWriter | None = None

    async def take(self, part: UserLine | Part | Refusal) -> None:
        """Take the next of what a file says."""
        match part:
            case UserLine():
                self._users.append(part)
                if len(self._users) >= CHUNK:
                    await self.flush()
            case Part(first=True, last=True):
                await self._collect(part)
            case Part():
                await self._take_long(part)
            case Refusal():
                self.report.refuse(part.place, part.reason, part.thread_id)
                if self._long is not None and self._long.thread_id == part.thread_id:
                    await self._long.discard()

    async def _collect(self, part: Part) -> None:
        if part.thread["_id"] in self._group or self._size + len(part.rows) >= CHUNK:
            await self.flush()
        self._group[part.thread["_id"]] = part
        self._size += 1 + len(part.rows)

    async def _take_long(self, part: Part) -> None:
        if part.first:
            await self.flush()
            self._long = LongThreadWriter(self._documents, self.report, part.thread["_id"])
        if self._long is not None:
            await self._long.take(part)

    async def flush(self) -> None:
        """Write what was collected: users first, because threads name them."""
        users, self._users = self._users, []
        group, self._group, self._size = self._group, {}, 0
        if users:
            made, taken = await insert_users(self._documents, users)
            self.report.users += made
            self.report.users_present += len(users) - made - len(taken)
            for user in taken:
                self.report.refuse(f"user {user.id!r}", "another user has this e-mail address or identity")
        if group:
            await import_group(self._documents, group.values(), self.report)
