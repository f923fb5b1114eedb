"""How much one process takes on: requests worked on at once, requests that wait, and bytes of bodies in memory."""

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
"""Where a request's scope holds its slot."""
SMALL = 64 * 1024
"""Bodies up to this size are not counted: all connections together cannot send many of them."""


class Admission:
    """Gives places to requests, and lets some wait for one."""

    def __init__(self, settings: Settings) -> None:
        self._room = asyncio.Semaphore(settings.max_concurrent_requests)
        self._bodies = Bodies(settings.max_bodies_bytes)
        self._most_waiting = settings.max_waiting_requests
        self._patience = settings.request_timeout_seconds
        self._waiting = 0

    async def admit(self) -> Slot | None:
        """A slot; None if too many wait for one already, or none became free in time."""
        slot = self.beside()
        if self._room.locked() and self._waiting >= self._most_waiting:
            return None
        self._waiting += 1
        try:
            await slot.take()
        except Overloaded:
            return None
        finally:
            self._waiting -= 1
        return slot

    def beside(self) -> Slot:
        """A slot beside the others, for what must be answered however much there is to do."""
        return Slot(self._room, self._bodies, asyncio.get_running_loop().time() + self._patience)


class Slot:
    """What one request has of the process, and until when: waiting for it counts, waiting for the client does not."""

    def __init__(self, room: asyncio.Semaphore, bodies: Bodies, deadline: float) -> None:
        self.deadline = deadline
        self._room = room
        self._bodies = bodies
        self._is_taken = False
        self._bytes = 0
        self._left_at = 0.0

    async def take(self) -> None:
        """Wait for the turn to come; raises `Overloaded` when the deadline comes before."""
        if self._room.locked():
            await self._before_the_deadline(self._room.acquire())
        else:
            await self._room.acquire()
        self._is_taken = True

    def leave(self) -> None:
        """Let others work while the client sends the body."""
        self._left_at = asyncio.get_running_loop().time()
        self._free()

    async def come_back(self) -> None:
        """Take a slot again; the time that the client took is given on top."""
        self.deadline += asyncio.get_running_loop().time() - self._left_at
        await self.take()

    async def hold(self, size: int) -> None:
        """Wait until a body of this size may be held in memory, which it is to the end of the request."""
        began = asyncio.get_running_loop().time()
        await self._before_the_deadline(self._bodies.take(size))
        self._bytes += size
        self._left_at += asyncio.get_running_loop().time() - began

    def end(self) -> None:
        """Give back everything."""
        self._free()
        self._bodies.give(self._bytes)

    def _free(self) -> None:
        if self._is_taken:
            self._is_taken = False
            self._room.release()

    async def _before_the_deadline(self, waiting: Coroutine[Any, Any, object]) -> None:
        try:
            async with asyncio.timeout_at(self.deadline):
                await waiting
        except TimeoutError:
            raise Overloaded from None


class Bodies:
    """Bytes that may be in memory at once, given out in the order in which they were asked for."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, size: int) -> None:
        """Wait for so many bytes."""
        if not self._waiting and size <= self._free:
            self._free -= size
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        try:
            await turn
        except asyncio.CancelledError:
            self.give(0 if turn.cancelled() else size)  # it may have come at the same moment
            raise

    def give(self, size: int) -> None:
        """Give back so many bytes."""
        self._free += size
        while self._waiting and (self._waiting[0][1].done() or self._waiting[0][0] <= self._free):
            size, turn = self._waiting.popleft()
            if not turn.done():
                self._free -= size
                turn.set_result(None)


def slot_of(scope: Scope) -> Slot:
    """The slot of a request that was let in."""
    return cast("Slot", scope[SLOT])
