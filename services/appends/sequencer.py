"""The sequencer: gives each message its number by inserting it. `appender.py` describes the protocol and has the queue."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bson.errors import InvalidDocument
from pymongo.errors import BulkWriteError, DocumentTooLarge, DuplicateKeyError

from ...documents import NEWEST
from ...errors import NoNumberLeft, PreconditionFailed, ThreadNotFound, Unavailable
from ..database import TakenKey, Tries, first_refusal, taken_key, twice
from .batches import insert_batch
from .conflicts import partly_stored, taken_entry
from .joint_writes import Outcome, insert_and_summarise
from .numbering import number_rows
from .previews import PREVIEW_FIELDS, newest_preview_of
from .replays import (
    drop_taken_item_ids,
    find_known,
    only_void,
    release_cut_keys,
    stored_beginning,
    withdraw_unfinished,
)
from .summary import living, summary
from .transactions import Transactions

if TYPE_CHECKING:
    from datetime import datetime

    from ...documents import Documents, MessageRow
    from ..tuning import Tuning
    from .ticket import Ticket


class Sequencer:
    """Inserts rows at the next free numbers of a thread, then updates the summary of the thread."""

    def __init__(self, documents: Documents, tuning: Tuning, *, transactions: bool, bulk_writes: bool = False) -> None:
        self._documents = documents
        self._bulk_writes = bulk_writes
        self._write_may_run = timedelta(seconds=tuning.write_may_run_seconds)
        self.transactions = Transactions(documents, tuning) if transactions else None

    async def read_last(self, thread_id: str) -> int:
        """The newest number in the summary of the thread. It may lag behind the messages. Raises `ThreadNotFound`."""
        thread = await twice(lambda: self._documents.fast_threads.find_one(living(thread_id), {"last_seq": 1}))
        if thread is None:
            raise ThreadNotFound(thread_id)
        return thread["last_seq"]

    async def write(self, thread_id: str, last: int, tickets: list[Ticket]) -> int:
        """Store the rows of the tickets after number `last`, and answer each ticket. Returns the newest known number.

        The tickets are any number of tickets that can share an insert, or one that cannot.
        """
        if tickets[0].can_share_insert:
            return await self._write_singles(thread_id, last, tickets)
        return await self._write_alone(thread_id, last, tickets[0])

    async def _write_singles(self, thread_id: str, last: int, tickets: list[Ticket]) -> int:
        inserted: list[Ticket] = []
        left, at_once = tickets, len(tickets)
        tries = Tries()
        try:
            while left:
                at_once = min(at_once, _numbers_after(last))
                if not at_once:
                    await self._refuse_without_number(thread_id, left)
                    break
                rows = [ticket.rows[0] for ticket in left[:at_once]]
                number_rows(rows, last)
                try:
                    outcome = await self._insert(rows)
                except _CANNOT_BE_SENT as error:  # one row is wrong, and nothing was sent: insert them one by one
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
            await self._update_thread(thread_id, inserted)
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
        if await self._resolve_duplicate(left[0], key):
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
        if self._bulk_writes:
            return await insert_and_summarise(self._documents, rows)
        messages = self._documents.message_writes
        try:
            await twice(lambda: messages.insert_one(rows[0]) if len(rows) == 1 else messages.insert_many(rows))
        except DuplicateKeyError as error:
            return Outcome(0, taken_key(error))
        except BulkWriteError as error:
            return Outcome(*first_refusal(error))
        return Outcome(len(rows))

    async def _resolve_duplicate(self, ticket: Ticket, key: TakenKey) -> bool:
        """Resolve a duplicate `client_id` or `_id`. Returns whether the ticket was answered.

        1. If earlier tries stored all rows of the ticket, answer with them.
        2. If a message has the key that was cut, it loses the key, and the ticket may be inserted again: returns False.
           If an item of the thread has the `item_id` of a row, the row loses it and may be inserted again: returns False.
        3. If an earlier try left an unfinished batch, withdraw it. The ticket may then be inserted again: returns False.
           If that batch may still be written, the ticket fails with `Unavailable`.
        4. If earlier tries stored the first rows, store the rest behind them (`_continue`).
        5. Else another message has the key: the ticket fails with `IdTaken`.
        """
        known = await find_known(self._documents, ticket.rows)
        if await self._answer_with(ticket, known):
            return True
        if await release_cut_keys(self._documents, ticket.rows) or await drop_taken_item_ids(
            self._documents, ticket.rows
        ):
            return False
        try:
            if await withdraw_unfinished(self._documents, ticket.rows, self._write_may_run):
                return False
        except Unavailable as error:
            ticket.fail(error)
            return True
        if (continued := await self._continue(ticket, known)) is not None:
            return continued
        ticket.fail(taken_entry(ticket.rows, known, key))
        return True

    async def _continue(self, ticket: Ticket, known: list[MessageRow | None]) -> bool | None:
        """Store the rest of a batch behind its first rows, which earlier tries stored as the newest messages of the thread.

        If another message came between, the ticket fails with `PartlyStored`, or with `PreconditionFailed` if it expects a
        number. Returns None if no first rows are stored, or others too. Returns False if another process was faster, which
        may have stored the same rest: the ticket is tried again.
        """
        stored = stored_beginning(known)
        if not stored:
            return None
        thread_id, begin, end = stored[0]["thread_id"], stored[0]["seq"], stored[-1]["seq"]
        newest = await self.catch_up(thread_id)
        expected = ticket.expected_seq in (None, begin - 1, newest)
        in_order = [row["seq"] for row in stored] == [*range(begin, end + 1)]
        if not expected or not in_order or not await only_void(self._documents, thread_id, end, newest):
            if await find_known(self._documents, ticket.rows) != known:
                return False
            partly = partly_stored(stored, newest)
            ticket.fail(partly if ticket.expected_seq is None else PreconditionFailed(f"Thread {thread_id!r}"))
            return True
        rest = ticket.rows[len(stored) :]
        if _numbers_after(newest) < len(rest):
            await self._refuse_without_number(thread_id, [ticket])
            return True
        number_rows(rest, newest)
        if await insert_batch(self._documents, rest, self.transactions) is not None:
            return False
        ticket.rows = [*stored, *rest]
        await self._update_thread(thread_id, [ticket])
        return True

    async def _write_alone(self, thread_id: str, last: int, ticket: Ticket) -> int:
        if ticket.expected_seq not in (None, last):
            last = await self.catch_up(thread_id)
        # If `last` is as expected, the insert decides: it fails if the next number is taken.
        if ticket.expected_seq not in (None, last):
            return await self._answer_unexpected(thread_id, ticket)
        tries = Tries()
        while True:
            tries.begin()
            if _numbers_after(last) < len(ticket.rows):
                await self._refuse_without_number(thread_id, [ticket])
                return last
            number_rows(ticket.rows, last)
            taken, is_summarised = await self._insert_whole(ticket.rows)
            if taken is None:
                break
            key = taken or await self._find_taken_key(ticket.rows)
            if not _is_number(key) and await self._resolve_duplicate(ticket, key):
                return last
            last = await (self._number_after(thread_id, last, tries) if _is_number(key) else self.read_last(thread_id))
            # A taken `item_id` was dropped from its row. Then the newest number may still be the expected one.
            if ticket.expected_seq is not None and ("item_id" not in key or last != ticket.expected_seq):
                return await self._answer_unexpected(thread_id, ticket)
        if is_summarised:
            ticket.succeed()
        else:
            await self._update_thread(thread_id, [ticket])
        return last + len(ticket.rows)

    async def _insert_whole(self, rows: list[MessageRow]) -> tuple[TakenKey | None, bool]:
        """Insert all rows or none. Returns the key that refused a row, and whether the summary is updated."""
        if len(rows) > 1 or not self._bulk_writes:
            return await insert_batch(self._documents, rows, self.transactions), False
        outcome = await insert_and_summarise(self._documents, rows)
        if isinstance(outcome.fault, Exception):
            raise outcome.fault
        return outcome.fault, outcome.is_summarised

    async def _answer_unexpected(self, thread_id: str, ticket: Ticket) -> int:
        """Answer a ticket whose `expected_seq` is not the newest number. Returns the newest number.

        If earlier tries of the same append stored the rows, it gets these rows. If they stored the first ones, the rest is
        stored behind them. Else it fails with `PreconditionFailed`.
        """
        tries = Tries()
        while True:
            tries.begin()
            last = await self.catch_up(thread_id)
            known = await find_known(self._documents, ticket.rows)
            if await self._answer_with(ticket, known):
                return last
            if (continued := await self._continue(ticket, known)) is None:
                ticket.fail(PreconditionFailed(f"Thread {thread_id!r}"))
            if continued is not False:
                return last

    async def _refuse_without_number(self, thread_id: str, tickets: list[Ticket]) -> None:
        """Answer tickets for which the thread has no numbers left. Only another program can store so large a number."""
        for ticket in tickets:
            if not await self._answer_with(ticket, await find_known(self._documents, ticket.rows)):
                ticket.fail(NoNumberLeft(f"The number of the newest message of thread {thread_id!r}"))

    async def _answer_with(self, ticket: Ticket, known: list[MessageRow | None]) -> bool:
        """Answer with the rows that earlier tries stored. Returns False unless they stored all rows of the ticket."""
        stored = [row for row in known if row is not None]
        if len(stored) < len(known):
            return False
        thread_id = stored[0]["thread_id"]
        # The earlier try may have been killed before it updated the summary of the thread, or before a majority had its
        # rows. This update is confirmed by a majority, and so are all writes before it.
        await self.catch_up(thread_id)
        await self._summarise(thread_id, stored[-1]["seq"], stored[-1]["created_at"], newest_preview_of(stored))
        ticket.rows = stored
        ticket.succeed()
        return True

    async def _update_thread(self, thread_id: str, tickets: list[Ticket]) -> None:
        """Update the summary of the thread and answer the tickets. If the thread is deleted, remove their messages again."""
        if not tickets:
            return
        rows = [row for ticket in tickets for row in ticket.rows]
        newest = max(row["created_at"] for row in rows)
        if await self._summarise(thread_id, rows[-1]["seq"], newest, newest_preview_of(rows)):
            for ticket in tickets:
                ticket.succeed()
            return
        await self._documents.messages.delete_many(
            {"thread_id": thread_id, "seq": {"$gte": rows[0]["seq"], "$lte": rows[-1]["seq"]}}
        )
        for ticket in tickets:
            ticket.fail(ThreadNotFound(thread_id))

    async def _summarise(
        self, thread_id: str, last_seq: int, last_message_at: datetime, preview: dict[str, Any] | None
    ) -> bool:
        update = summary(last_seq, last_message_at, preview)
        result = await twice(lambda: self._documents.thread_writes.update_one(living(thread_id), update))
        return result.matched_count == 1

    async def catch_up(self, thread_id: str) -> int:
        """Bring the summary of the thread up to its newest message. Returns the number of that message.

        A summary lags if a process was killed between the insert and the update. Raises `ThreadNotFound`.
        """
        last = await self.read_last(thread_id)
        newest = (
            await self._documents.messages.find(
                {"thread_id": thread_id, "seq": {"$gt": last, "$lte": NEWEST}},
                {**PREVIEW_FIELDS, "created_at": 1, "batch": 1},
            )
            .sort("seq", -1)
            .limit(1)
            .to_list()
        )
        if not newest:
            return last
        shown = [row for row in newest if "batch" not in row]
        await self._summarise(thread_id, newest[0]["seq"], newest[0]["created_at"], newest_preview_of(shown))
        return newest[0]["seq"]


Fault = TakenKey | Exception
"""The key that another message has, or another error that refuses a row."""
_QUICK_TRIES = 8
_CANNOT_BE_SENT = (DocumentTooLarge, InvalidDocument, OverflowError)


def _numbers_after(last: int) -> int:
    """How many numbers a thread has after this one."""
    return max(0, NEWEST - 1 - last)


def _succeed(tickets: list[Ticket]) -> None:
    for ticket in tickets:
        ticket.succeed()


def _is_number(key: TakenKey) -> bool:
    return "seq" in key
