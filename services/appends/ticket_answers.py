"""Answers for tickets that an insert could not store: rows of earlier tries, the rest stored behind them, or an error."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ...errors import NoNumberLeft, PreconditionFailed, Unavailable
from ..database import TakenKey, Tries
from .batches import insert_batch
from .conflicts import partly_stored, taken_entry
from .numbering import number_rows
from .previews import newest_preview_of
from .replays import (
    are_free,
    drop_taken_item_ids,
    find_known,
    only_void,
    release_cut_keys,
    stored_beginning,
    withdraw_unfinished,
)
from .thread_summaries import ThreadSummaries, numbers_after

if TYPE_CHECKING:
    from ...documents import Documents, MessageRow
    from ..tuning import Tuning
    from .ticket import Ticket
    from .transactions import Transactions


class TicketAnswers:
    """Answers tickets whose key or number is taken, and tickets for which no number is left."""

    def __init__(
        self, documents: Documents, summaries: ThreadSummaries, tuning: Tuning, transactions: Transactions | None
    ) -> None:
        self._documents = documents
        self._summaries = summaries
        self._transactions = transactions
        self._tuning = tuning
        self._write_may_run = timedelta(seconds=tuning.write_may_run_seconds)

    async def resolve_duplicate(self, ticket: Ticket, key: TakenKey) -> bool:
        """Resolve a duplicate `client_id` or `_id`. Returns whether the ticket was answered.

        1. If earlier tries stored all rows of the ticket, answer with them.
        2. If a cut message has the key, it loses the key, and the ticket may be inserted again: returns False. If an item of
           the thread has the `item_id` of a row, the row loses it and may be inserted again: returns False.
        3. If an earlier try left an unfinished batch, withdraw it. The ticket may then be inserted again: returns False.
           If that batch may still be written, the ticket fails with `Unavailable`.
        4. If earlier tries stored the first rows, store the rest behind them (`_continue`).
        5. Else another message has the key: the ticket fails with `IdTaken`. If none has it any more, it may be inserted again.
        """
        known = await find_known(self._documents, ticket.rows, self._tuning)
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
        is_taken = not await are_free(self._documents, ticket.rows)
        if is_taken:
            ticket.fail(taken_entry(ticket.rows, known, key))
        return is_taken

    async def answer_unexpected(self, thread_id: str, ticket: Ticket) -> int:
        """Answer a ticket whose `expected_seq` is not the newest number. Returns the newest number.

        If earlier tries of the same append stored the rows, it gets these rows. If they stored the first ones, the rest is
        stored behind them. Else it fails with `PreconditionFailed`.
        """
        tries = Tries()
        while True:
            tries.begin()
            last = await self._summaries.catch_up(thread_id)
            known = await find_known(self._documents, ticket.rows, self._tuning)
            if await self._answer_with(ticket, known):
                return last
            if (continued := await self._continue(ticket, known)) is None:
                ticket.fail(PreconditionFailed(f"Thread {thread_id!r}"))
            if continued is not False:
                return last

    async def refuse_without_number(self, thread_id: str, tickets: list[Ticket]) -> None:
        """Answer tickets for which the thread has no numbers left. Only another program can store so large a number."""
        for ticket in tickets:
            if not await self._answer_with(ticket, await find_known(self._documents, ticket.rows, self._tuning)):
                ticket.fail(NoNumberLeft(f"The number of the newest message of thread {thread_id!r}"))

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
        newest = await self._summaries.catch_up(thread_id)
        expected = ticket.expected_seq in (None, begin - 1, newest)
        in_order = [row["seq"] for row in stored] == [*range(begin, end + 1)]
        if not expected or not in_order or not await only_void(self._documents, thread_id, end, newest):
            if await find_known(self._documents, ticket.rows, self._tuning) != known:
                return False
            partly = partly_stored(stored, newest)
            ticket.fail(partly if ticket.expected_seq is None else PreconditionFailed(f"Thread {thread_id!r}"))
            return True
        rest = ticket.rows[len(stored) :]
        if numbers_after(newest) < len(rest):
            await self.refuse_without_number(thread_id, [ticket])
            return True
        number_rows(rest, newest)
        if await insert_batch(self._documents, rest, self._transactions) is not None:
            return False
        ticket.rows = [*stored, *rest]
        await self._summaries.answer_inserted(thread_id, [ticket])
        return True

    async def _answer_with(self, ticket: Ticket, known: list[MessageRow | None]) -> bool:
        """Answer with the rows that earlier tries stored. Returns False unless they stored all rows of the ticket."""
        stored = [row for row in known if row is not None]
        if len(stored) < len(known):
            return False
        thread_id = stored[0]["thread_id"]
        # The earlier try may have been killed before it updated the summary of the thread, or before a majority had its
        # rows. This update is confirmed by a majority, and so are all writes before it.
        await self._summaries.catch_up(thread_id)
        await self._summaries.advance(thread_id, stored[-1]["seq"], stored[-1]["created_at"], newest_preview_of(stored))
        ticket.rows = stored
        ticket.succeed()
        return True
