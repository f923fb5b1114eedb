"""Appends messages to threads. Each message gets the next number of its thread (decision 0003).

The insert of a message takes its number:

1. The message is inserted with the number after the newest known one.
2. The unique index on `(thread_id, seq)` accepts or refuses the insert.
3. If the index refuses it, another message has this number. The append tries the following number.

So numbers become visible in order and without gaps, for any number of processes.

In one process, the appends to a thread queue in a lane. They do not compete for numbers, because the lane remembers the
last number. Appends that queued while another was written are sent as one insert.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...errors import ThreadNotFound, Unavailable
from ..database import translate
from .sequencer import Sequencer
from .ticket import Job, Ticket

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ...documents import Documents, MessageRow
    from ..tuning import Tuning

_MOST_TOGETHER = 100
_IDLE_LANES = 10_000


@dataclass(slots=True)
class Lane:
    """The queue of appends to one thread in this process, and the newest number that the process knows."""

    last: int | None = None
    known_at: float = 0
    """When `last` was read or written, by the clock of the event loop."""
    waiting: list[Ticket | Job] = field(default_factory=list)
    runner: asyncio.Task[None] | None = None
    settle_waiters: list[asyncio.Future[None]] = field(default_factory=list)
    """The callers of `Appender.settle`."""

    def notify_settled(self) -> None:
        """Wake the callers that wait until the current write has ended."""
        for settled in self.settle_waiters:
            if not settled.done():
                settled.set_result(None)
        self.settle_waiters.clear()


class Appender:
    """Appends rows to threads: in the order of the calls, and each row once."""

    def __init__(self, documents: Documents, tuning: Tuning, *, transactions: bool, bulk_writes: bool = False) -> None:
        self._last_cached_seconds = tuning.last_seq_cached_seconds
        self._sequencer = Sequencer(documents, tuning, transactions=transactions, bulk_writes=bulk_writes)
        self._lanes: OrderedDict[str, Lane] = OrderedDict()

    @property
    def sequencer(self) -> Sequencer:
        """The sequencer that the lanes use. It has no queue."""
        return self._sequencer

    async def append(
        self,
        thread_id: str,
        rows: list[MessageRow],
        *,
        expected_seq: int | None = None,
    ) -> list[MessageRow]:
        """Store all `rows` or none behind the newest message of the thread, and return them with their numbers.

        If all rows were stored before, by `client_id` or by `_id`, they are returned as they were stored then. If the first
        rows were stored before and are the newest messages, they are returned as well, and the rest is stored behind them. If
        the caller is cancelled while it waits, other appends are not affected. A write that has begun is completed.

        Raises `ThreadNotFound`; `PreconditionFailed` if `expected_seq` is given and is not the newest number; `PartlyStored`
        if the first rows were stored before, and another message came after them; `IdTaken` if another message has the
        `client_id` or `_id` of a row.
        """
        ticket = Ticket(rows, expected_seq, asyncio.get_running_loop().create_future())
        self._queue(thread_id, ticket)
        return await ticket.stored

    async def run_alone(self, thread_id: str, work: Callable[[], Awaitable[int]]) -> None:
        """Run `work` when it is next in the lane of the thread, between the appends of this process.

        `work` returns the newest number of the thread after it. Its errors are raised here.
        """
        job = Job(work, asyncio.get_running_loop().create_future())
        self._queue(thread_id, job)
        await job.done

    def _queue(self, thread_id: str, entry: Ticket | Job) -> None:
        lane = self._lane(thread_id)
        lane.waiting.append(entry)
        if lane.runner is None:
            lane.runner = asyncio.create_task(self._run(thread_id, lane))

    async def settle(self, thread_id: str) -> None:
        """Wait until this process has ended its current write to the thread, with or without success."""
        lane = self._lanes.get(thread_id)
        if lane is not None and lane.runner is not None:
            settled = asyncio.get_running_loop().create_future()
            lane.settle_waiters.append(settled)
            await settled

    def forget(self, thread_id: str) -> None:
        """Forget the newest number of a thread that was deleted."""
        lane = self._lanes.get(thread_id)
        if lane is not None:
            lane.last = None

    async def close(self) -> None:
        """Wait until all appends that have begun or queued are done."""
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
                await self._write(thread_id, lane, _take_next(lane.waiting))
                lane.notify_settled()
        finally:
            lane.runner = None
            lane.notify_settled()

    async def _write(self, thread_id: str, lane: Lane, tickets: list[Ticket] | list[Job]) -> None:
        try:
            moment = asyncio.get_running_loop().time()
            if isinstance(tickets[0], Job):
                lane.last = await tickets[0].work()
                lane.known_at = moment
                tickets[0].succeed()
                return
            if lane.last is None or moment > lane.known_at + self._last_cached_seconds:
                lane.last = await self._sequencer.read_last(thread_id)
            lane.last = await self._sequencer.write(thread_id, lane.last, tickets)
            lane.known_at = moment
        except BaseException as error:  # every caller must get an answer, for every kind of error
            lane.last = None
            # The queued appends would also wait for the database until their deadline. They fail at once.
            unavailable = isinstance(error, Exception) and isinstance(translate(error), Unavailable)
            for ticket in [*tickets, *(lane.waiting if unavailable else ())]:
                ticket.fail(error)
            if not isinstance(error, Exception):
                raise
        for ticket in tickets:
            if isinstance(ticket.error, ThreadNotFound):
                lane.last = None


def _take_next(waiting: list[Ticket | Job]) -> list[Ticket] | list[Job]:
    """Take the next tickets for one insert: as many single messages as possible, or one batch or conditional append, or job."""
    waiting[:] = [ticket for ticket in waiting if not ticket.stored.done()]
    count = 0
    for ticket in waiting[:_MOST_TOGETHER]:
        if not ticket.can_share_insert:
            break
        count += 1
    count = count or 1
    taken: Any = waiting[:count]
    del waiting[:count]
    return taken  # type: ignore[no-any-return]  # tickets, or one job
