"""Imports files of conversations: groups short threads into a few writes and streams long ones."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, TypedDict

import pymongo

from ...errors import InvalidInput
from ...services import translates_driver_errors
from .ahead import read_ahead
from .conversations import ReadingOptions
from .reading import COMMAND_BOUNDS, opened_collections
from .report import ImportReport, RefusedEntry
from .rights import ImportRights
from .sources import open_source
from .writing import (
    PART_ROWS,
    LongThreadWriter,
    Part,
    Target,
    UserLine,
    assemble,
    import_group,
    insert_users,
    may_own,
    name_users,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from typing_extensions import Unpack

    from ...services import HasRuntime, Runtime
    from .reading import Member, ValueBounds

WRITE_SECONDS = 120
"""The timeout of one step: the write of up to 1,000 messages on a busy small server."""


class ImportOptions(TypedDict, total=False):
    """The options of an import."""

    owner_id: str | None
    """The owner of threads for which the file names no user of Threadkeep. An unknown id of the form `user_…` becomes a user."""
    at: datetime | None
    """The time of messages in conversations without any time. The current time by default."""
    dry_run: bool
    """If true, nothing is written, and the report counts the threads and messages that an import would store."""
    update: bool
    """If true, a conversation whose path has changed replaces the stored path, which becomes a branch. Else it is refused."""
    branches: Literal["active", "all"]
    """`all` imports each branch of a conversation as a thread of its own; else branches are left out and counted."""
    on_progress: Callable[[int, int], None] | None
    """Gets the bytes or rows that were read, and their total."""
    part_rows: int
    """Threads of more messages are written in parts."""


async def import_file(
    keep: HasRuntime, *paths: str | os.PathLike[str], **options: Unpack[ImportOptions]
) -> ImportReport:
    """Import conversations from files, folders, zip files, and the standard input (`-`), and return a report.

    The format of each file is recognised by its structure (`docs/importing.md`). Each thread becomes visible together with
    all its messages, or is not stored; then the report's `problems` names it. A thread that exists with the same messages
    stays unchanged; one that exists with other messages is refused. Participants and senders with an unknown id of the form
    `user_…` become users. Raises `InvalidInput` if a path or the owner does not exist, or if a file is an export in a newer
    format.
    """
    work = ImportRun(keep.runtime, *paths, **options)
    await work.run()
    return work.report


async def import_collections(
    keep: HasRuntime, url: str, database: str, *collections: str, **options: Unpack[ImportOptions]
) -> ImportReport:
    """Import the collections of frameworks or of LibreChat from the MongoDB at `url`, and return a report.

    Without names, all collections of the database are read, and the report names the collections of no known format.
    Formats are recognised by the first documents. The source is never written to. The options and the report are those of
    `import_file`. Raises `InvalidInput` if the database is one of Threadkeep, such as the target, and `Unavailable` if it
    cannot be read.
    """
    opening = opened_collections(url, database, collections)
    members = await asyncio.to_thread(opening.__enter__)
    try:
        work = ImportRun(keep.runtime, collections=members, **options)
        await work.run()
        return work.report
    finally:
        await asyncio.to_thread(opening.__exit__, None, None, None)


class ImportRun:
    """One import of files. `report` has its counts from the beginning on."""

    def __init__(
        self,
        runtime: Runtime,
        *paths: str | os.PathLike[str],
        rights: ImportRights | None = None,
        most_unpacked: int | None = None,
        bounds: ValueBounds = COMMAND_BOUNDS,
        collections: Sequence[Member] = (),
        are_named: bool = True,
        **options: Unpack[ImportOptions],
    ) -> None:
        """Take the arguments of `import_file`. With `rights`, write only what these allow. Raises `InvalidInput` for a path.

        `collections` are read too. Compressed files may unpack to `most_unpacked` bytes together, and each value
        may have the size of `bounds`. Without `are_named`, the report shows no names of the paths.
        """
        rights = rights or ImportRights()
        self.report = report = ImportReport(dry_run=options.get("dry_run", False))
        self._limits = runtime.limits
        self._owner_id, self._part_rows = options.get("owner_id"), options.get("part_rows", PART_ROWS)
        self._on_progress = options.get("on_progress")
        reading = ReadingOptions(options.get("at") or datetime.now(UTC), all_branches=options.get("branches") == "all")
        self._source = open_source(
            *paths,
            options=reading,
            report=report,
            owner_id=self._owner_id,
            collections=collections,
            most_unpacked=most_unpacked,
            bounds=bounds,
            are_named=are_named,
        )
        self._entries = rights.restrict(self._source)
        self._target = target = Target(
            runtime.documents,
            runtime.appender,
            report,
            dry_run=options.get("dry_run", False),
            update=options.get("update", False),
            rights=rights,
        )
        self._importer = _Importer(target, self._part_rows, runtime.tuning.import_group_bytes)

    @translates_driver_errors
    async def run(self) -> None:
        """Read and write everything. The reader works ahead in another thread, while the database stores.

        Raises `InvalidInput`, before anything is read, if the owner does not exist and cannot become a user.
        """
        if self._owner_id is not None and not await may_own(self._target, self._owner_id):
            raise InvalidInput.at("owner_id", f"there is no user {self._owner_id!r}")
        parts = assemble(self._entries, self._limits, owner_id=self._owner_id, part_rows=self._part_rows)
        async with aclosing(read_ahead(parts, _size_of)) as ahead:
            async for part in ahead:
                with pymongo.timeout(WRITE_SECONDS):
                    await self._importer.take(part)
                if self._on_progress is not None:
                    self._on_progress(self._source.done, self._source.total)
        with pymongo.timeout(WRITE_SECONDS):
            await self._importer.flush()


def _size_of(part: UserLine | Part | RefusedEntry) -> int:
    return part.size if isinstance(part, Part) else 0


class _Importer:
    """Collects users and short threads, and writes them in groups of about 1,000 messages, or about 8 MiB of them."""

    def __init__(self, target: Target, part_rows: int, group_bytes: int) -> None:
        self._part_rows = part_rows
        self._group_bytes = group_bytes
        self._target = target
        self._report = target.report
        self._users: list[UserLine] = []
        self._group: dict[str, Part] = {}
        self._rows = 0
        self._bytes = 0
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
                self._report.refuse(part.location, part.reason, part.thread_id)
                if self._long is not None and self._long.thread_id == part.thread_id:
                    await self._long.discard()

    async def _collect(self, part: Part) -> None:
        full = self._rows + len(part.rows) >= self._part_rows or self._bytes + part.size > self._group_bytes
        if part.thread["_id"] in self._group or full:
            await self.flush()
        self._group[part.thread["_id"]] = part
        self._rows += 1 + len(part.rows)
        self._bytes += part.size

    async def _take_long(self, part: Part) -> None:
        if part.first:
            await self.flush()
            self._long = LongThreadWriter(self._target, part.thread["_id"])
        if self._long is not None:
            await self._long.take(part)

    async def flush(self) -> None:
        """Write the collected users, then the collected threads, because threads refer to users."""
        users, self._users = self._users, []
        group, self._group, self._rows, self._bytes = self._group, {}, 0, 0
        if users:
            created, taken = await insert_users(self._target.documents, users, dry_run=self._target.dry_run)
            self._report.users += created
            self._report.users_present += len(users) - created - len(taken)
            await name_users(self._target, users)
            for user in taken:
                self._report.refuse(f"user {user.id!r}", "another user has this e-mail address or identity")
        if group:
            await import_group(self._target, group.values())
