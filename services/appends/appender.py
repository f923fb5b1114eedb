"""How messages get their numbers.

The commit point of an append is the message itself: it is inserted at the next number, and the unique index on
`(thread_id, seq)` decides. A duplicate proves that the number is taken, so the one after it is tried. Hence numbers become
visible in order and without gaps, whatever the number of processes (decision 0003).

Inside one process the appends to a thread queue in a lane instead of racing: the lane remembers the last number, and what
has queued up meanwhile goes out as one insert.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...errors import ThreadNotFound, Unavailable
from ..driver_errors import translate
from .sequencer import Sequencer, Ticket

if TYPE_CHECKING:
    from ...documents import Documents, MessageRow

_MOST_TOGETHER = 100
_IDLE_LANES = 10_000
REMEMBERED_SECONDS = 60.0  # the numbers of deleted messages are kept for longer: kept_numbers.py


@dataclass(slots=True)
class Lane:
    """The appends to one thread that wait in this process, and the newest number it knows."""

    last: int | None = None
    known_at: float = 0
    """When `last` was the newest, by the loop's clock."""
    waiting: list[Ticket] = field(default_factory=list)
    runner: asyncio.Task[None] | None = None
    settling: list[asyncio.Future[None]] = field(default_factory=list)

    def settle(self) -> None:
        """Tell those who wait for what was being written."""
        for settled in self.settling:
            if not settled.done():
                settled.set_result(None)
        self.settling.clear()


class Appender:
    """Appends rows to threads, in order, once."""

    def __init__(self, documents: Documents, *, transactions: bool) -> None:
        self._sequencer = Sequencer(documents, transactions=transactions)
        self._lanes: OrderedDict[str, Lane] = OrderedDict()

    @property
    def sequencer(self) -> Sequencer:
        """What gives numbers out, without a queue."""
        return self._sequencer

    async def append(
        self,
        thread_id: str,
        rows: list[MessageRow],
        *,
        expected_seq: int | None = None,
    ) -> list[MessageRow]:
        """Store `rows` behind the newest message of the thread, all or none, and return them with their numbers.

        A row whose `client_id` or `_id` the thread knows already is returned as it was stored first. A caller that is
        cancelled while it waits has no effect on the others, nor on what has begun.

        Raises `ThreadNotFound`, and `PreconditionFailed` where `expected_seq` is given and is not the newest number.
        """
        ticket = Ticket(rows, expected_seq, asyncio.get_running_loop().create_future())
        lane = self._lane(thread_id)
        lane.waiting.append(ticket)
        if lane.runner is None:
            lane.runner = asyncio.create_task(self._run(thread_id, lane))
        return await ticket.stored

    async def settle(self, thread_id: str) -> None:
        """Wait until what is being written to the thread now is written, or has failed."""
        lane = self._lanes.get(thread_id)
        if lane is not None and lane.runner is not None:
            settled = asyncio.get_running_loop().create_future()
            lane.settling.append(settled)
            await settled

    def forget(self, thread_id: str) -> None:
        """Drop what is remembered of a thread that was deleted."""
        lane = self._lanes.get(thread_id)
        if lane is not None:
            lane.last = None

    async def close(self) -> None:
        """Let what has begun finish."""
        runners = [lane.runner for lane in self._lanes.values() if lane.runner is not None]
        await asyncio.gather(*runners, return_exceptions=True)

    def _lane(self, thread_id: str) -> Lane:
        lane = self._lanes.get(thread_id)
        if lane is None:
            lane = self._lanes[thread_id] = Lane()
            self._drop_idle()
        else:
            self._lanes.move_to_end(thread_id)
        return lane

    def _drop_idle(self) -> None:
        while len(self._lanes) > _IDLE_LANES:
            oldest, lane = next(iter(self._lanes.items()))
            if lane.runner is not None:
                return
            del self._lanes[oldest]

    async def _run(self, thread_id: str, lane: Lane) -> None:
        try:
            while lane.waiting:
                await self._write(thread_id, lane, _next_together(lane.waiting))
                lane.settle()
        finally:
            lane.runner = None
            lane.settle()

    async def _write(self, thread_id: str, lane: Lane, tickets: list[Ticket]) -> None:
        try:
            moment = asyncio.get_running_loop().time()
            if lane.last is None or moment > lane.known_at + REMEMBERED_SECONDS:
                lane.last = await self._sequencer.read_last(thread_id)
            lane.last = await self._sequencer.write(thread_id, lane.last, tickets)
            lane.known_at = moment
        except BaseException as error:  # whatever happened, every caller must hear of it
            lane.last = None
            # Who waits behind a database that does not answer has waited long enough.
            away = isinstance(error, Exception) and isinstance(translate(error), Unavailable)
            for ticket in [*tickets, *(lane.waiting if away else ())]:
                ticket.fail(error)
            if not isinstance(error, Exception):
                raise
        if not self._alive(tickets):
            lane.last = None

    @staticmethod
    def _alive(tickets: list[Ticket]) -> bool:
        return not any(
            ticket.stored.done()
            and not ticket.stored.cancelled()
            and isinstance(ticket.stored.exception(), ThreadNotFound)
            for ticket in tickets
        )


def _next_together(waiting: list[Ticket]) -> list[Ticket]:
    """Take what may go out as one insert: single messages with each other, anything with a condition alone."""
    waiting[:] = [ticket for ticket in waiting if not ticket.stored.done()]
    count = 0
    for ticket in waiting[:_MOST_TOGETHER]:
        if not ticket.simple:
            break
        count += 1
    count = count or 1
    taken = waiting[:count]
    del waiting[:count]
    return taken
