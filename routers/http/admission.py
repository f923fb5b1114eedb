"""Limits the load of one process: requests in work, requests that wait, and bytes of bodies in memory."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, cast

from ...errors import Overloaded

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from starlette.types import Scope

    from ...settings import Settings

SLOT = "threadkeep.slot"
"""The key of the admission slot in the scope of a request."""
UNCOUNTED_BYTES = 64 * 1024
"""The largest body, in bytes, that reserves no memory. All connections together cannot send many of them."""


class Admission:
    """Gives admission slots to requests. A limited number of requests waits for a slot."""

    def __init__(self, settings: Settings) -> None:
        self._free_slots = asyncio.Semaphore(settings.max_concurrent_requests)
        self._memory = BodyMemory(settings.max_bodies_bytes)
        self._max_waiting = settings.max_waiting_requests
        self._timeout_seconds = settings.request_timeout_seconds
        self._waiting = 0

    async def admit(self) -> Slot | None:
        """A slot. None if too many requests wait already, or if no slot becomes free before the deadline."""
        slot = self.uncounted_slot()
        if self._free_slots.locked() and self._waiting >= self._max_waiting:
            return None
        self._waiting += 1
        try:
            await slot.acquire()
        except Overloaded:
            return None
        finally:
            self._waiting -= 1
        return slot

    def uncounted_slot(self) -> Slot:
        """A slot that does not count to the limit, for requests that are answered under any load."""
        return Slot(self._free_slots, self._memory, asyncio.get_running_loop().time() + self._timeout_seconds)


class Slot:
    """The right of one request to be worked on until `deadline`, a time of the event loop's clock, in seconds.

    The wait for a slot counts to the deadline. The wait for the client does not.
    """

    def __init__(self, free_slots: asyncio.Semaphore, memory: BodyMemory, deadline: float) -> None:
        self.deadline = deadline
        self._free_slots = free_slots
        self._memory = memory
        self._is_acquired = False
        self._bytes = 0
        self._paused_at = 0.0

    async def acquire(self) -> None:
        """Wait until the slot is free. Raises `Overloaded` at the deadline."""
        if self._free_slots.locked():
            await self._before_deadline(self._free_slots.acquire())
        else:
            await self._free_slots.acquire()
        self._is_acquired = True

    def pause(self) -> None:
        """Free the slot for other requests while the client sends the body."""
        self._paused_at = asyncio.get_running_loop().time()
        self._free()

    async def resume(self) -> None:
        """Acquire the slot again. The deadline moves by the time that the client took."""
        self.deadline += asyncio.get_running_loop().time() - self._paused_at
        await self.acquire()

    async def reserve(self, size: int) -> None:
        """Wait until `size` bytes of memory are free, and keep them until `close`. Raises `Overloaded` at the deadline."""
        began = asyncio.get_running_loop().time()
        await self._before_deadline(self._memory.acquire(size))
        self._bytes += size
        self._paused_at += asyncio.get_running_loop().time() - began

    def close(self) -> None:
        """Free the slot and the memory."""
        self._free()
        self._memory.release(self._bytes)

    def _free(self) -> None:
        if self._is_acquired:
            self._is_acquired = False
            self._free_slots.release()

    async def _before_deadline(self, waiting: Coroutine[Any, Any, object]) -> None:
        try:
            async with asyncio.timeout_at(self.deadline):
                await waiting
        except TimeoutError:
            raise Overloaded from None


class BodyMemory:
    """The bytes that bodies may occupy at the same time. Requests get them in the order in which they ask."""

    def __init__(self, max_bytes: int) -> None:
        self._free = max_bytes
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def acquire(self, size: int) -> None:
        """Wait until `size` bytes are free, and take them."""
        if not self._waiting and size <= self._free:
            self._free -= size
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        try:
            await turn
        except asyncio.CancelledError:
            self.release(0 if turn.cancelled() else size)  # the bytes may have been given at the same moment
            raise

    def release(self, size: int) -> None:
        """Give `size` bytes back, and give free bytes to the requests that wait."""
        self._free += size
        while self._waiting and (self._waiting[0][1].done() or self._waiting[0][0] <= self._free):
            size, turn = self._waiting.popleft()
            if not turn.done():
                self._free -= size
                turn.set_result(None)


def slot_of(scope: Scope) -> Slot:
    """The admission slot of a request that was admitted."""
    return cast("Slot", scope[SLOT])
