"""Adds the messages of a file to a thread that exists, or replaces an earlier path of the thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....errors import IdTaken, PreconditionFailed
from ....services import insert_at_numbers, recount
from .compare import Compared, Difference, ThreadComparison, stored_messages
from .external_ids import name_thread
from .periods import add_period
from .replacement import move_to_branch, replaced_rows
from .taken_ids import with_free_ids
from .undeleted import undeleted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from ....documents import MessageRow, ThreadRow
    from .assembly import Part
    from .compare import Stored
    from .target import Target

_BATCH = 1000


class ThreadGrowth:
    """Takes the parts of one thread that exists, in order. After a difference it ignores the later parts.

    The report gets one line for the thread: that it exists already, that it grew, or why it was refused.
    """

    def __init__(self, target: Target, stored: ThreadRow, part: Part) -> None:
        self._target = target
        self._stored = stored
        self._last_seq = stored["last_seq"]
        self._comparison = ThreadComparison(target.documents, stored["_id"], part.foreign, part.numbered)
        self._compared = Compared()
        self._refused = False
        self._moved: set[str] | None = None
        """The ids and client ids of the messages that were moved to a branch. None while the file has the path of the thread."""

    async def take(self, part: Part, stored: Mapping[str, Stored] | None = None) -> None:
        """Compare the part, and add its new messages. `stored` are messages that have the ids of the part."""
        if self._refused:
            return
        if part.first and self._is_of_other_source(part):
            self._refuse(part, "it comes from another source")
            return
        if stored is None:
            foreign = frozenset([self._stored["_id"]] if part.foreign else [])
            stored = await stored_messages(self._target.documents, part.rows, foreign=foreign)
        try:
            await self._add(await self._new_rows(part, stored))
        except (Difference, IdTaken, PreconditionFailed) as error:
            self._refuse(part, error)
            return
        if part.last:
            await name_thread(self._target, part)
            await self._count()

    def _refuse(self, part: Part, reason: object) -> None:
        self._refused = True
        sentence = f"thread {self._stored['_id']!r} is there already, but {reason}"
        self._target.report.refuse(part.location, sentence, self._stored["_id"])

    def _is_of_other_source(self, part: Part) -> bool:
        """Whether another program made the stored thread. Sessions called `1` exist in many programs."""
        sources = (self._stored["meta_data"].get("source"), part.thread["meta_data"].get("source"))
        return part.foreign and sources[0] is not None and sources[0] != sources[1]

    async def _is_period(self, part: Part, stored: Mapping[str, Stored]) -> bool:
        """Whether the file holds another period of the thread. Then `_compared.new` are the rows to append."""
        if not (part.is_list and part.first and part.last):
            return False
        compared = await add_period(self._target, self._comparison, part.rows, stored)
        self._compared = compared or self._compared
        return compared is not None

    async def _new_rows(self, part: Part, stored: Mapping[str, Stored]) -> list[MessageRow]:
        """The rows to add. With `update`, the stored messages from the first difference on are moved to a branch before."""
        if self._moved is not None:
            return await self._undeleted(part.rows)
        try:
            self._compared = await self._comparison.take(self._compared, part.rows, stored)
        except Difference as difference:
            if difference.index == 0 and not difference.deleted and await self._is_period(part, stored):
                return self._compared.new
            if not self._target.update or self._compared.added:
                raise
            return await self._updated(part.rows, stored)
        return self._compared.new

    async def _updated(self, rows: list[MessageRow], stored: Mapping[str, Stored]) -> list[MessageRow]:
        """The rows to add after the stored messages from the first difference on were moved. Deleted messages stay deleted."""
        known, _ = await self._comparison.known_rows(rows, stored)
        rows = await self._undeleted(rows, {row["_id"] for row, found in zip(rows, known, strict=True) if found})
        try:
            self._compared = await self._comparison.take(self._compared, rows, stored)
        except Difference as difference:
            common, rest = rows[: difference.index], rows[difference.index :]
            self._compared = await self._comparison.take(self._compared, common, stored)
            await self._replace()
            return await self._undeleted(rest)
        return self._compared.new

    async def _undeleted(self, rows: list[MessageRow], known: AbstractSet[str] = frozenset()) -> list[MessageRow]:
        """The rows without messages that a person deleted. `known` are the ids of rows that the thread has."""
        missing = [row for row in rows if row["_id"] not in known]
        renewed = iter(
            await undeleted(self._target.documents, self._stored["_id"], missing, self._moved or frozenset())
        )
        found = [row if row["_id"] in known else next(renewed) for row in rows]
        return [row for row in found if row is not None]

    async def _replace(self) -> None:
        """Move the rest of the thread to a branch."""
        tail = await replaced_rows(self._target.documents, self._stored["_id"], self._compared.last_seq)
        self._moved = {name for row in tail for name in (row["_id"], row.get("client_id")) if name}
        self._target.report.threads_replaced += bool(tail)
        if tail and not self._target.dry_run:
            await move_to_branch(self._target, self._stored, tail, self._compared)

    async def _add(self, rows: list[MessageRow]) -> None:
        report, thread_id = self._target.report, self._stored["_id"]
        if rows and not self._target.dry_run:
            await with_free_ids(self._target.documents, rows)
            if self._comparison.numbered and self._moved is None and not self._compared.has_other_numbers:
                await insert_at_numbers(self._target.documents, thread_id, self._last_seq, rows)
                self._last_seq = max(self._last_seq, rows[-1]["seq"])
                self._target.appender.forget(thread_id)
            else:
                for start in range(0, len(rows), _BATCH):
                    await self._target.appender.append(thread_id, rows[start : start + _BATCH])
        report.messages += len(rows)

    async def _count(self) -> None:
        report, compared = self._target.report, self._compared
        report.messages_present += compared.known
        if compared.added or self._moved is not None:
            report.threads_grown += 1
            return
        report.threads_present += 1
        if self._comparison.numbered and self._stored["message_count"] < compared.known and not self._target.dry_run:
            await recount(self._target.documents, self._stored["_id"])
