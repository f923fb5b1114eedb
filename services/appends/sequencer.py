"""The sequencer: gives each message its number by inserting it. `appender.py` describes the protocol and has the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bson.errors import InvalidBSON, InvalidDocument
from pymongo.errors import BulkWriteError, DocumentTooLarge, DuplicateKeyError

from ..database import TakenKey, Tries, first_refusal, taken_key, twice
from .batches import insert_batch
from .joint_writes import JointWrites, Outcome
from .numbering import number_rows
from .thread_summaries import ThreadSummaries, numbers_after
from .ticket_answers import TicketAnswers
from .transactions import Transactions

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from ...documents import Documents, MessageRow
    from ..tuning import Tuning
    from .ticket import Ticket


class Sequencer:
    """Inserts rows at the next free numbers of a thread, then updates the summary of the thread."""

    def __init__(self, documents: Documents, tuning: Tuning, *, transactions: bool, bulk_writes: bool = False) -> None:
        self._documents = documents
        self._joint_writes = JointWrites(documents) if bulk_writes else None
        self.transactions = Transactions(documents, tuning) if transactions else None
        self._summaries = ThreadSummaries(documents)
        self._answers = TicketAnswers(documents, self._summaries, tuning, self.transactions)

    async def read_last(self, thread_id: str) -> int:
        """The newest number in the summary of the thread. It may lag behind the messages. Raises `ThreadNotFound`."""
        return await self._summaries.read_last(thread_id)

    async def catch_up(self, thread_id: str) -> int:
        """Bring the summary of the thread up to its newest message. Returns the number of that message."""
        return await self._summaries.catch_up(thread_id)

    def write(self, thread_id: str, last: int, tickets: list[Ticket]) -> Coroutine[Any, Any, int]:
        """Store the rows of the tickets after number `last`, and answer each ticket. Returns the newest known number.

        The tickets are any number of tickets that can share an insert, or one that cannot.
        """
        if tickets[0].can_share_insert:
            return self._write_singles(thread_id, last, tickets)
        return self._write_alone(thread_id, last, tickets[0])

    async def _write_singles(self, thread_id: str, last: int, tickets: list[Ticket]) -> int:
        inserted: list[Ticket] = []
        left, at_once = tickets, len(tickets)
        tries = Tries()
        try:
            while left:
                at_once = min(at_once, numbers_after(last))
                if not at_once:
                    await self._answers.refuse_without_number(thread_id, left)
                    break
                rows = [ticket.rows[0] for ticket in left[:at_once]]
                number_rows(rows, last)
                try:
                    outcome = await self._insert(rows)
                except _ALONE as error:  # it hides which row is wrong: insert them one by one
                    outcome = Outcome(0, error if at_once == 1 else None)
                    at_once = 1
                done, fault = outcome.inserted, outcome.fault
                if outcome.is_summarised:
                    _succeed(left[:done])
                else:
                    inserted += left[:done]
                left = left[done:]
                last += done
                if done:
                    tries = Tries()
                if fault is not None:
                    tries.begin()
                    last = await self._handle_fault(thread_id, last, left, fault, tries)
        finally:  # also after an interruption: the inserted rows are stored
            await self._summaries.answer_inserted(thread_id, inserted)
        return last

    async def _handle_fault(self, thread_id: str, last: int, left: list[Ticket], fault: Fault, tries: Tries) -> int:
        """Handle the fault of the first ticket in `left`. Returns the number after which the inserts go on.

        If its number is taken, the ticket stays for another try. Else the ticket is answered and removed, unless it may be
        inserted again.
        """
        if isinstance(fault, Exception):
            left.pop(0).fail(fault)
            return last
        key = fault or await self._find_taken_key(left[0].rows)
        if _is_number(key):
            return await self._number_after(thread_id, last, tries)
        if await self._answers.resolve_duplicate(left[0], key):
            left.pop(0)
        return last

    async def _number_after(self, thread_id: str, last: int, tries: Tries) -> int:
        """The number after which the next try inserts, if the number after `last` is taken.

        The first tries read only the summary of the thread, which may lag. Later ones read the newest message.
        """
        newest = await (self.catch_up if tries.count > _QUICK_TRIES else self.read_last)(thread_id)
        return max(last + 1, newest)

    async def _find_taken_key(self, rows: list[MessageRow]) -> TakenKey:
        """The key of these rows that another message has, for a server that does not name it."""
        thread_id = rows[0]["thread_id"]
        for field in ("_id", "client_id", "item_id"):
            values = [row[field] for row in rows if field in row]
            where: Any = {field: {"$in": values}} | ({} if field == "_id" else {"thread_id": thread_id})
            if values and await self._documents.messages.find_one(where, {"_id": 1}):
                return frozenset({field})
        return frozenset({"seq"})  # else the number was taken, or it was and is free again

    async def _insert(self, rows: list[MessageRow]) -> Outcome:
        """Insert the rows in order until one is refused. If the server can do so in the same command, update the summary."""
        if self._joint_writes is not None:
            return await self._joint_writes.insert_and_summarise(rows)
        messages = self._documents.message_writes
        try:
            await twice(lambda: messages.insert_one(rows[0]) if len(rows) == 1 else messages.insert_many(rows))
        except DuplicateKeyError as error:
            return Outcome(0, taken_key(error))
        except BulkWriteError as error:
            return Outcome(*first_refusal(error))
        return Outcome(len(rows))

    async def _write_alone(self, thread_id: str, last: int, ticket: Ticket) -> int:
        if ticket.expected_seq not in (None, last):
            last = await self.catch_up(thread_id)
        # If `last` is as expected, the insert decides: it fails if the next number is taken.
        if ticket.expected_seq not in (None, last):
            return await self._answers.answer_unexpected(thread_id, ticket)
        tries = Tries()
        while True:
            tries.begin()
            if numbers_after(last) < len(ticket.rows):
                await self._answers.refuse_without_number(thread_id, [ticket])
                return last
            number_rows(ticket.rows, last)
            taken, is_summarised = await self._insert_whole(ticket.rows)
            if taken is None:
                break
            key = taken or await self._find_taken_key(ticket.rows)
            if not _is_number(key) and await self._answers.resolve_duplicate(ticket, key):
                return last
            last = await (self._number_after(thread_id, last, tries) if _is_number(key) else self.read_last(thread_id))
            # A taken `item_id` was dropped from its row. Then the newest number may still be the expected one.
            if ticket.expected_seq is not None and ("item_id" not in key or last != ticket.expected_seq):
                return await self._answers.answer_unexpected(thread_id, ticket)
        if is_summarised:
            ticket.succeed()
        else:
            await self._summaries.answer_inserted(thread_id, [ticket])
        return last + len(ticket.rows)

    async def _insert_whole(self, rows: list[MessageRow]) -> tuple[TakenKey | None, bool]:
        """Insert all rows or none. Returns the key that refused a row, and whether the summary is updated."""
        if len(rows) > 1 or self._joint_writes is None:
            return await insert_batch(self._documents, rows, self.transactions), False
        outcome = await self._joint_writes.insert_and_summarise(rows)
        if isinstance(outcome.fault, Exception):
            raise outcome.fault
        return outcome.fault, outcome.is_summarised


Fault = TakenKey | Exception
"""The key that another message has, or another error that refuses a row."""
_QUICK_TRIES = 8
_ALONE = (DocumentTooLarge, InvalidDocument, OverflowError, InvalidBSON)
"""Errors that hide which of several rows is wrong: the driver cannot send the rows, or cannot read the reply."""


def _succeed(tickets: list[Ticket]) -> None:
    for ticket in tickets:
        ticket.succeed()


def _is_number(key: TakenKey) -> bool:
    return "seq" in key
