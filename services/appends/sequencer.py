"""Gives numbers out by inserting at them: the protocol of `appending.py`, without its queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from bson.errors import InvalidDocument
from pymongo.errors import BulkWriteError, DocumentTooLarge, DuplicateKeyError

from ...documents import NEWEST
from ...errors import IdTaken, PreconditionFailed, ThreadNotFound, Unavailable
from ..driver_errors import duplicate_key, duplicate_key_in, refusal
from .batches import insert_batch
from .replays import find_known, make_way
from .transactions import Transactions

if TYPE_CHECKING:
    import asyncio
    from datetime import datetime

    from ...documents import Documents, MessageRow


@dataclass(slots=True)
class Ticket:
    """Rows that want to be stored together, and the future by which their writer hears of it."""

    rows: list[MessageRow]
    expected_seq: int | None
    stored: asyncio.Future[list[MessageRow]]

    @property
    def simple(self) -> bool:
        """Whether it may share an insert with others."""
        return self.expected_seq is None and len(self.rows) == 1

    def succeed(self) -> None:
        """Tell the writer, if it still waits."""
        if not self.stored.done():
            self.stored.set_result(self.rows)

    def fail(self, error: BaseException) -> None:
        """Tell the writer, if it still waits."""
        if not self.stored.done():
            self.stored.set_exception(error)


class Sequencer:
    """Inserts rows at the next free numbers of a thread, and lets the thread's summary follow."""

    def __init__(self, documents: Documents, *, transactions: bool) -> None:
        self._documents = documents
        self.transactions = Transactions(documents) if transactions else None

    async def read_last(self, thread_id: str) -> int:
        """The newest number by the thread's summary, which may lag; raises `ThreadNotFound`."""
        thread = await self._documents.fast_threads.find_one({"_id": thread_id, "deleted_at": None}, {"last_seq": 1})
        if thread is None:
            raise ThreadNotFound(thread_id)
        return thread["last_seq"]

    async def write(self, thread_id: str, last: int, tickets: list[Ticket]) -> int:
        """Store the tickets' rows after `last` and answer them; returns the newest number now known."""
        if tickets[0].simple:
            return await self._write_singles(thread_id, last, tickets)
        return await self._write_alone(thread_id, last, tickets[0])

    async def _write_singles(self, thread_id: str, last: int, tickets: list[Ticket]) -> int:
        landed: list[Ticket] = []
        left, together = tickets, len(tickets)
        try:
            while left:
                for seq, ticket in enumerate(left[:together], last + 1):
                    ticket.rows[0]["seq"] = seq
                try:
                    done, fault = await self._insert([ticket.rows[0] for ticket in left[:together]])
                except _CANNOT_BE_SENT as error:  # one of them is at fault: alone, each answers for itself
                    done, fault = 0, error if together == 1 else None
                    together = 1
                landed += left[:done]
                left = left[done:]
                last += done
                if fault is not None:
                    last = await self._settle(thread_id, last, left, fault)
        finally:  # also where it is interrupted: these are stored
            await self._finish(thread_id, landed)
        return last

    async def _settle(self, thread_id: str, last: int, left: list[Ticket], fault: Fault) -> int:
        """Deal with what was wrong with the first of these; returns the number after which to go on."""
        if isinstance(fault, Exception):
            left.pop(0).fail(fault)
        elif _is_number(fault):
            return max(last + 1, await self.read_last(thread_id))
        elif await self._answer_duplicate(left[0], fault):
            left.pop(0)
        return last

    async def _insert(self, rows: list[MessageRow]) -> tuple[int, Fault | None]:
        """Insert in order; how many went in, and what is wrong with the next one."""
        try:
            if len(rows) == 1:
                await self._documents.message_writes.insert_one(rows[0])
            else:
                await self._documents.message_writes.insert_many(rows)
        except DuplicateKeyError as error:
            return 0, duplicate_key(error)
        except BulkWriteError as error:
            faults = error.details["writeErrors"]
            if not faults:
                raise
            first = faults[0]
            key = duplicate_key_in(first)
            return first["index"], refusal(first) if key is None else key
        return len(rows), None

    async def _answer_duplicate(self, ticket: Ticket, key: dict[str, Any]) -> bool:
        """Give back what was stored before, if it is all of the ticket; else the key is taken.

        False if it may be inserted again, because what stood in its way was left by an earlier try.
        """
        if await self._answer_known(ticket):
            return True
        try:
            if await make_way(self._documents, ticket.rows):
                return False
        except Unavailable as error:
            ticket.fail(error)
            return True
        thread_id = ticket.rows[0]["thread_id"]
        field: Literal["client_id", "_id"] = "client_id" if "client_id" in key else "_id"
        keys = [str(row.get(field)) for row in ticket.rows if field in row]
        known: Any = await self._documents.messages.find_one({"thread_id": thread_id, field: {"$in": keys}}, {field: 1})
        ticket.fail(IdTaken(known[field] if known else keys[0]))
        return True

    async def _write_alone(self, thread_id: str, last: int, ticket: Ticket) -> int:
        if ticket.expected_seq is not None:
            last = await self._expect(thread_id, last, ticket.expected_seq)
            if last != ticket.expected_seq:
                return await self._answer_unexpected(thread_id, ticket)
        while True:
            for seq, row in enumerate(ticket.rows, last + 1):
                row["seq"] = seq
            duplicate = await insert_batch(self._documents, ticket.rows, self.transactions)
            if duplicate is None:
                break
            if not _is_number(duplicate) and await self._answer_duplicate(ticket, duplicate):
                return last
            if ticket.expected_seq is not None:
                return await self._answer_unexpected(thread_id, ticket)
            last = max(last + _is_number(duplicate), await self.read_last(thread_id))
        await self._finish(thread_id, [ticket])
        return last + len(ticket.rows)

    async def _expect(self, thread_id: str, last: int, expected: int) -> int:
        """The newest number, looked up where it is not the expected one; if the next is free the insert will tell."""
        return last if last == expected else await self.catch_up(thread_id)

    async def _answer_unexpected(self, thread_id: str, ticket: Ticket) -> int:
        """Somebody wrote in between, unless it was this very writer, whom the answer did not reach."""
        last = await self.catch_up(thread_id)
        if not await self._answer_known(ticket):
            ticket.fail(PreconditionFailed(f"Thread {thread_id!r}"))
        return last

    async def _answer_known(self, ticket: Ticket) -> bool:
        """Answer with what was stored before, if that is all of the ticket's rows."""
        known = await find_known(self._documents, ticket.rows)
        if known is None:
            return False
        # Who stored them may have been killed before the summary followed.
        await self.catch_up(ticket.rows[0]["thread_id"])
        ticket.rows = known
        ticket.succeed()
        return True

    async def _finish(self, thread_id: str, tickets: list[Ticket]) -> None:
        """Let the thread's summary follow; if the thread is gone, take the messages back."""
        if not tickets:
            return
        rows = [row for ticket in tickets for row in ticket.rows]
        newest = max(row["created_at"] for row in rows)
        if await self._summarise(thread_id, rows[-1]["seq"], newest):
            for ticket in tickets:
                ticket.succeed()
            return
        await self._documents.messages.delete_many(
            {"thread_id": thread_id, "seq": {"$gte": rows[0]["seq"], "$lte": rows[-1]["seq"]}}
        )
        for ticket in tickets:
            ticket.fail(ThreadNotFound(thread_id))

    async def _summarise(self, thread_id: str, last_seq: int, last_message_at: datetime) -> bool:
        result = await self._documents.thread_writes.update_one(
            {"_id": thread_id, "deleted_at": None}, summary(last_seq, last_message_at)
        )
        return result.matched_count == 1

    async def catch_up(self, thread_id: str) -> int:
        """Bring a summary that lags (a process was killed) up to the newest message; returns its number."""
        last = await self.read_last(thread_id)
        newest = (
            await self._documents.messages.find(
                {"thread_id": thread_id, "seq": {"$gt": last, "$lte": NEWEST}}, {"seq": 1, "created_at": 1}
            )
            .sort("seq", -1)
            .limit(1)
            .to_list()
        )
        if not newest:
            return last
        await self._summarise(thread_id, newest[0]["seq"], newest[0]["created_at"])
        return newest[0]["seq"]


Fault = dict[str, Any] | Exception
"""The key that would be doubled, or another reason why a row is refused."""
_CANNOT_BE_SENT = (DocumentTooLarge, InvalidDocument, OverflowError)


def _is_number(key: dict[str, Any]) -> bool:
    return "seq" in key


def summary(last_seq: int, last_message_at: datetime) -> list[dict[str, Any]]:
    """The update that lets a thread's summary follow its messages: right in any order, and any number of times."""
    return [
        {
            "$set": {
                "last_seq": {"$max": ["$last_seq", last_seq]},
                "last_message_at": {"$max": ["$last_message_at", last_message_at]},
                "last_active_at": {"$max": ["$last_active_at", last_message_at]},
                "message_count": {"$subtract": [{"$max": ["$last_seq", last_seq]}, "$deleted_count"]},
            }
        }
    ]
