"""Imports one long thread, a thousand messages at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import ThreadkeepError
from ...services import BulkThread
from .compare import first_difference, stored_messages
from .lookup import sort_out, with_users

if TYPE_CHECKING:
    from ...documents import Documents
    from .assembly import Part
    from .report import ImportReport


class LongThreadWriter:
    """Takes the parts of one thread, the first one first, and is over when one of them fails."""

    def __init__(self, documents: Documents, report: ImportReport, thread_id: str) -> None:
        self.thread_id = thread_id
        self._documents = documents
        self._report = report
        self._birth: BulkThread | None = None
        self._compared = False
        self._count = 0

    async def take(self, part: Part) -> None:
        """Write or compare the next messages."""
        if part.first:
            await self._begin(part)
        self._count += len(part.rows)
        try:
            if self._birth is not None:
                await self._write(self._birth, part)
            elif self._compared:
                await self._compare(part)
        except ThreadkeepError as error:
            self._report.refuse(part.place, str(error), self.thread_id)
            await self.discard()

    async def discard(self) -> None:
        """Leave nothing of what was written."""
        birth, self._birth, self._compared = self._birth, None, False
        if birth is not None:
            await birth.discard()

    async def _begin(self, part: Part) -> None:
        free, there = await sort_out(self._documents, [part], self._report)
        self._compared = bool(there)
        if free:
            self._birth = BulkThread(self._documents, self.thread_id)
            await self._birth.begin(part.thread)

    async def _write(self, birth: BulkThread, part: Part) -> None:
        await birth.write(part.rows)
        if not part.last:
            return
        if not await with_users(self._documents, [part], self._report):
            await self.discard()
            return
        await birth.end(part.thread)
        self._report.threads += 1
        self._report.messages += self._count

    async def _compare(self, part: Part) -> None:
        difference = first_difference(part.rows, await stored_messages(self._documents, part.rows))
        if difference is not None:
            self._compared = False
            reason = f"thread {self.thread_id!r} is there already, but {difference}"
            self._report.refuse(part.place, reason, self.thread_id)
        elif part.last:
            self._report.threads_present += 1
            self._report.messages_present += self._count
