"""Imports one long thread, 1,000 messages at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import ThreadkeepError
from ...services import BulkThread
from .compare import first_difference, stored_messages
from .lookup import split_by_presence, with_known_users

if TYPE_CHECKING:
    from ...documents import Documents
    from .assembly import Part
    from .report import ImportReport


class LongThreadWriter:
    """Writes or compares the parts of one thread, in order. After a failed part it ignores the rest."""

    def __init__(self, documents: Documents, report: ImportReport, thread_id: str) -> None:
        self.thread_id = thread_id
        self._documents = documents
        self._report = report
        self._creation: BulkThread | None = None
        self._compared = False
        self._count = 0

    async def take(self, part: Part) -> None:
        """Write or compare the next part. A failure removes the written messages and is added to the report."""
        if part.first:
            await self._begin(part)
        self._count += len(part.rows)
        try:
            if self._creation is not None:
                await self._write(self._creation, part)
            elif self._compared:
                await self._compare(part)
        except ThreadkeepError as error:
            self._report.refuse(part.location, str(error), self.thread_id)
            await self.discard()

    async def discard(self) -> None:
        """Remove the messages that were written."""
        creation, self._creation, self._compared = self._creation, None, False
        if creation is not None:
            await creation.discard()

    async def _begin(self, part: Part) -> None:
        new, present = await split_by_presence(self._documents, [part], self._report)
        self._compared = bool(present)
        if new:
            self._creation = BulkThread(self._documents, self.thread_id)
            await self._creation.begin(part.thread)

    async def _write(self, creation: BulkThread, part: Part) -> None:
        await creation.write(part.rows)
        if not part.last:
            return
        if not await with_known_users(self._documents, [part], self._report):
            await self.discard()
            return
        await creation.end(part.thread)
        self._report.threads += 1
        self._report.messages += self._count

    async def _compare(self, part: Part) -> None:
        difference = first_difference(part.rows, await stored_messages(self._documents, part.rows))
        if difference is not None:
            self._compared = False
            reason = f"thread {self.thread_id!r} is there already, but {difference}"
            self._report.refuse(part.location, reason, self.thread_id)
        elif part.last:
            self._report.threads_present += 1
            self._report.messages_present += self._count
