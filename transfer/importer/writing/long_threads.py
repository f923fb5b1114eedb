"""Imports one long thread, 1,000 messages at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....errors import ThreadkeepError
from ....services import BulkThread
from .external_ids import name_thread
from .growth import ThreadGrowth
from .lookup import split_by_presence, with_known_users
from .taken_ids import with_free_ids

if TYPE_CHECKING:
    from .assembly import Part
    from .target import Target


class LongThreadWriter:
    """Writes or compares the parts of one thread, in order. After a failed part it ignores the rest."""

    def __init__(self, target: Target, thread_id: str) -> None:
        self.thread_id = thread_id
        self._target = target
        self._creation: BulkThread | None = None
        self._growth: ThreadGrowth | None = None
        self._is_new = False
        self._count = 0

    async def take(self, part: Part) -> None:
        """Write or compare the next part. A failure removes the written messages and is added to the report."""
        if part.first:
            await self._begin(part)
        self._count += len(part.rows)
        try:
            if self._is_new:
                await self._write(part)
            elif self._growth is not None:
                await self._growth.take(part)
        except ThreadkeepError as error:
            self._target.report.refuse(part.location, str(error), self.thread_id)
            await self.discard()

    async def discard(self) -> None:
        """Remove the messages that were written to a new thread."""
        creation, self._creation, self._growth, self._is_new = self._creation, None, None, False
        if creation is not None:
            await creation.discard()

    async def _begin(self, part: Part) -> None:
        new, present = await split_by_presence(self._target, [part])
        self._is_new = bool(new)
        if present:
            self._growth = ThreadGrowth(self._target, present[0][1], part)
        elif new and not self._target.dry_run:
            self._creation = BulkThread(self._target.documents, self.thread_id)
            await self._creation.begin(part.thread)

    async def _write(self, part: Part) -> None:
        if self._creation is not None:
            await with_free_ids(self._target.documents, part.rows)
            await self._creation.write(part.rows)
        if not part.last:
            return
        if not await with_known_users(self._target, [part]):
            await self.discard()
            return
        if self._creation is not None:
            await self._creation.end(part.thread)
            await name_thread(self._target, part)
        self._target.report.threads += 1
        self._target.report.messages += self._count
