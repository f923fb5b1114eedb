"""Limits the load of one process: requests in work, requests that wait, and bytes of bodies and responses in memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ...budgets import Budget, GrowingBudget
from ...errors import Overloaded
from .rate_limits import Allowance, RateLimits

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from starlette.types import Scope

    from ...services import Caller
    from ...settings import Settings

SLOT = "threadkeep.slot"
"""The key of the admission slot in the scope of a request."""
UNCOUNTED_BYTES = 64 * 1024
"""The largest body or response, in bytes, that reserves no memory. The number of connections limits the sum of them."""


class Admission:
    """Gives admission slots to requests with a valid key. A limited number of requests waits for a slot."""

    def __init__(self, settings: Settings) -> None:
        share = settings.max_key_share
        self.requests = Budget(settings.max_concurrent_requests, share)
        self.bodies = GrowingBudget(settings.max_bodies_bytes, share)
        self.responses = Budget(settings.max_responses_bytes, share)
        self.rate_limits = RateLimits(settings)
        self.refused = 0
        """The number of requests that got no slot, or no memory, in time."""
        self._max_waiting = settings.max_waiting_requests
        self._max_waiting_of_owner = max(1, int(settings.max_waiting_requests * share))
        self._timeout_seconds = settings.request_timeout_seconds

    def budgets(self) -> dict[str, Budget]:
        """All budgets by name, for the metrics."""
        return {"requests": self.requests, "body_bytes": self.bodies, "response_bytes": self.responses}

    async def admit(self, caller: Caller) -> Slot:
        """A slot. Raises `RateLimited` if the key has sent too much.

        Raises `Overloaded` if too many requests wait already, or if no slot becomes free before the deadline.
        """
        owner = caller.owner
        slot = Slot(self, owner, self._deadline(), self.rate_limits.check(caller))
        if slot.acquire_free():
            return slot
        if self.requests.waiters >= self._max_waiting or self.requests.waiters_of(owner) >= self._max_waiting_of_owner:
            self.refused += 1
            raise Overloaded
        await slot.acquire()
        return slot

    def uncounted_slot(self) -> Slot:
        """A slot that does not count to the limit, for public paths."""
        return Slot(self, "", self._deadline())

    def _deadline(self) -> float:
        return asyncio.get_running_loop().time() + self._timeout_seconds


class Slot:
    """The right of one request to be worked on until `deadline`, a time of the event loop's clock, in seconds.

    The wait for a slot counts to the deadline. The wait for the client does not.
    """

    def __init__(self, admission: Admission, owner: str, deadline: float, allowance: Allowance | None = None) -> None:
        self.deadline = deadline
        self._allowance = allowance
        self._admission = admission
        self._owner = owner
        self._is_acquired = False
        self._body_bytes = 0
        self._response_bytes = 0
        self._paused_at = 0.0

    def acquire_free(self) -> bool:
        """Acquire the slot if it is free now. Returns whether it was."""
        self._is_acquired = self._admission.requests.has_room(self._owner, 1)
        if self._is_acquired:
            self._admission.requests.take(self._owner, 1)
        return self._is_acquired

    async def acquire(self) -> None:
        """Wait until the slot is free. Raises `Overloaded` at the deadline."""
        if not self.acquire_free():
            await self._before_deadline(self._admission.requests.acquire(self._owner, 1))
            self._is_acquired = True

    def pause(self) -> None:
        """Free the slot for other requests while the client sends the body."""
        self._paused_at = asyncio.get_running_loop().time()
        self.free()

    async def resume(self) -> None:
        """Acquire the slot again. The deadline moves by the time that the client took."""
        self.deadline += asyncio.get_running_loop().time() - self._paused_at
        await self.acquire()

    async def reserve_body(self, size: int) -> None:
        """Wait until `size` more bytes of bodies are free, and keep them until `close`. Raises `Overloaded` at the deadline."""
        began = asyncio.get_running_loop().time()
        bodies = self._admission.bodies
        self._body_bytes += await self._before_deadline(bodies.grow(self._owner, size, self._body_bytes))
        self._paused_at += asyncio.get_running_loop().time() - began

    def count_bytes(self, size: int) -> None:
        """Count bytes of the body or the response for the rate limit of the key."""
        if self._allowance is not None:
            self._allowance.bytes -= size

    async def reserve_response(self, size: int) -> None:
        """Wait until `size` bytes of responses are free. `set_response` replaces them by the real size."""
        self._response_bytes += await self._before_deadline(self._admission.responses.acquire(self._owner, size))

    def set_response(self, size: int) -> None:
        """The response is complete in memory and has this size. Small ones take nothing of the budget."""
        self.count_bytes(size)
        counted = size if size > UNCOUNTED_BYTES else 0
        if counted:
            self._admission.responses.take(self._owner, counted)
        reserved, self._response_bytes = self._response_bytes, counted
        if reserved:
            self._admission.responses.release(self._owner, reserved)

    def free(self) -> None:
        """Free the slot: the work is done, or the client is sending."""
        if self._is_acquired:
            self._is_acquired = False
            self._admission.requests.release(self._owner, 1)

    def end_work(self) -> None:
        """The response begins: the slot and the memory of the body are free. Sending needs neither."""
        self.free()
        self._free_body()

    def _free_body(self) -> None:
        size, self._body_bytes = self._body_bytes, 0
        if size:
            self._admission.bodies.end(self._owner, size)

    def close(self) -> None:
        """Free the slot and the memory of body and response."""
        self.end_work()
        reserved, self._response_bytes = self._response_bytes, 0
        if reserved:
            self._admission.responses.release(self._owner, reserved)

    async def _before_deadline(self, waiting: Coroutine[Any, Any, int]) -> int:
        try:
            async with asyncio.timeout_at(self.deadline):
                return await waiting
        except TimeoutError:
            self._admission.refused += 1
            raise Overloaded from None


def slot_of(scope: Scope) -> Slot:
    """The admission slot of a request that was admitted."""
    slot: Slot = scope[SLOT]
    return slot
