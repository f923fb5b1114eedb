"""Imports a file of conversations: `import_file` groups short threads into a few writes and streams long ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pymongo

from ...services import translates_driver_errors
from .assembly import PART_ROWS, Part, assemble
from .long_threads import LongThreadWriter
from .models import UserLine
from .report import ImportReport, RefusedEntry
from .short_threads import import_group
from .sources import open_source
from .users import insert_users

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from ...documents import Documents
    from ...keep import Threadkeep

WRITE_SECONDS = 120
"""The timeout of one step: the write of up to 1,000 messages on a busy small server."""


@translates_driver_errors
async def import_file(
    keep: Threadkeep,
    path: str | os.PathLike[str],
    *,
    owner_id: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    part_rows: int = PART_ROWS,
) -> ImportReport:
    """Import a file of conversations, or the folder of a Parquet export, and return a report.

    Each thread becomes visible together with all its messages, or is not stored; then the report's `problems` names it.
    A thread that exists with the same messages stays unchanged; one that exists with other messages is refused.
    Participants and senders with an unknown id of the form `user_…` become users. `owner_id` becomes the owner of
    threads for which the file names no participant and no owner. `on_progress` gets the bytes or rows that were read,
    and their total. Threads of more than `part_rows` messages are written in parts. Raises `InvalidInput` if the file
    does not exist or is an export in a newer format.
    """
    source = open_source(path)
    importer = _Importer(keep.runtime.documents, part_rows)
    for part in assemble(source, keep.runtime.limits, owner_id=owner_id, part_rows=part_rows):
        with pymongo.timeout(WRITE_SECONDS):
            await importer.take(part)
        if on_progress is not None:
            on_progress(source.done, source.total)
    with pymongo.timeout(WRITE_SECONDS):
        await importer.flush()
    return importer.report


_GROUP_BYTES = 16 * 1024 * 1024


class _Importer:
    """Collects users and short threads, and writes them in groups of about 1,000 messages or 16 MiB."""

    def __init__(self, documents: Documents, part_rows: int) -> None:
        self._part_rows = part_rows
        self.report = ImportReport()
        self._documents = documents
        self._users: list[UserLine] = []
        self._group: dict[str, Part] = {}
        self._size = self._bytes = 0
        self._long: LongThreadWriter | None = None

    async def take(self, part: UserLine | Part | RefusedEntry) -> None:
        """Take the next user, part of a thread, or refusal of a file."""
        match part:
            case UserLine():
                self._users.append(part)
                if len(self._users) >= self._part_rows:
                    await self.flush()
            case Part(first=True, last=True):
                await self._collect(part)
            case Part():
                await self._take_long(part)
            case RefusedEntry():
                self.report.refuse(part.location, part.reason, part.thread_id)
                if self._long is not None and self._long.thread_id == part.thread_id:
                    await self._long.discard()

    async def _collect(self, part: Part) -> None:
        is_full = self._size + len(part.rows) >= self._part_rows or self._bytes + part.bytes > _GROUP_BYTES
        if part.thread["_id"] in self._group or is_full:
            await self.flush()
        self._group[part.thread["_id"]] = part
        self._size += 1 + len(part.rows)
        self._bytes += part.bytes

    async def _take_long(self, part: Part) -> None:
        if part.first:
            await self.flush()
            self._long = LongThreadWriter(self._documents, self.report, part.thread["_id"])
        if self._long is not None:
            await self._long.take(part)

    async def flush(self) -> None:
        """Write the collected users, then the collected threads, because threads refer to users."""
        users, self._users = self._users, []
        group, self._group, self._size, self._bytes = self._group, {}, 0, 0
        if users:
            created, taken = await insert_users(self._documents, users)
            self.report.users += created
            self.report.users_present += len(users) - created - len(taken)
            for user in taken:
                self.report.refuse(f"user {user.id!r}", "another user has this e-mail address or identity")
        if group:
            await import_group(self._documents, group.values(), self.report)
