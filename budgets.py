"""Budgets: limited resources of one process, shared fairly by the owners of the requests."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Waiter(NamedTuple):
    """A request that waits for an amount."""

    amount: int
    turn: asyncio.Future[None]
    held: int
    """The amount that the request holds already."""


class Budget:
    """An amount of one resource: requests in work, or bytes in memory.

    An owner is an API key, or a user for all keys of this user. One owner gets at most `share` of the limit, so others always
    find the rest. Among the owners that wait, the owner that holds least gets the resource first. The requests of one owner get
    it in the order of their arrival.
    """

    def __init__(self, limit: int, share: float) -> None:
        self.limit = limit
        self.used = 0
        """The amount that all owners hold together. If an owner holds more than its share, only the share is counted here."""
        self.limit_of_owner = max(1, int(limit * share))
        self._held: defaultdict[str, int] = defaultdict(int)
        self._waiting: dict[str, deque[_Waiter]] = {}
        self.waiters = 0
        """The number of requests that wait."""

    def waiters_of(self, owner: str) -> int:
        """The number of requests of one owner that wait."""
        return len(self._waiting.get(owner, ()))

    def has_room(self, owner: str, amount: int) -> bool:
        """Whether the owner would get the amount at once."""
        return not self._waiting and self._fits(owner, amount)

    async def acquire(self, owner: str, amount: int, held: int = 0) -> int:
        """Wait until the owner may have the amount, and return it. It is at most the whole share of one owner."""
        amount = min(amount, self.limit_of_owner)
        if self.has_room(owner, amount):
            self.take(owner, amount)
            return amount
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(owner, deque()).append(_Waiter(amount, turn, held))
        self.waiters += 1
        try:
            if not self._waiting_before(owner):
                self._grant()
            self._relieve(owner)
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # the amount was given at the same moment
                self.release(owner, amount)
            else:
                turn.cancel()
                self._grant()
            raise
        finally:
            self.waiters -= 1
        return amount

    def take(self, owner: str, amount: int) -> None:
        """Take the amount without waiting, also above the limit: for bytes that are in memory already."""
        self._change(owner, amount)

    def release(self, owner: str, amount: int) -> None:
        """Give the amount back, and give free amounts to the requests that wait."""
        self._change(owner, -amount)
        if self._waiting:
            self._grant()

    def _change(self, owner: str, amount: int) -> None:
        before = self._held[owner]
        after = before + amount
        self.used += min(after, self.limit_of_owner) - min(before, self.limit_of_owner)
        if after:
            self._held[owner] = after
        else:
            del self._held[owner]

    def _fits(self, owner: str, amount: int) -> bool:
        held = self._held.get(owner, 0)
        return self.used + amount <= self.limit and (not held or held + amount <= self.limit_of_owner)

    def _waiting_before(self, owner: str) -> bool:
        """Whether another request of this owner waits for its turn already."""
        return len(self._waiting[owner]) > 1

    def _grant(self) -> None:
        while (following := self._next()) is not None:
            owner, waiter = following
            self._pop(owner)
            self.take(owner, waiter.amount)
            waiter.turn.set_result(None)

    def _relieve(self, owner: str) -> None:
        """Called when a request of this owner begins to wait. Only a `GrowingBudget` may have to let a request go on."""

    def _next(self) -> tuple[str, _Waiter] | None:
        """The first request of the owner that holds least and may have more. None if the limit does not allow it now."""
        heads = [(self._held.get(owner, 0), owner, waiter) for owner, waiter in self._heads()]
        allowed = [head for head in heads if not head[0] or head[0] + head[2].amount <= self.limit_of_owner]
        if not allowed:
            return None
        _, owner, waiter = min(allowed, key=lambda head: head[0])
        return (owner, waiter) if self.used + waiter.amount <= self.limit else None

    def _heads(self) -> Iterator[tuple[str, _Waiter]]:
        for owner in list(self._waiting):
            queue = self._waiting[owner]
            while queue and queue[0].turn.done():  # its request was cancelled
                queue.popleft()
            if queue:
                yield owner, queue[0]
            else:
                del self._waiting[owner]

    def _pop(self, owner: str) -> None:
        queue = self._waiting[owner]
        queue.popleft()
        if not queue:
            del self._waiting[owner]


class GrowingBudget(Budget):
    """A resource that requests take in steps, as the bytes of their bodies arrive.

    Requests that hold a part could wait for each other for ever. So if all requests of one owner that hold a part wait, the
    request that holds most gets the amount that it waits for. It may exceed the share of its owner. The same holds if all
    requests of all owners that hold a part wait: then one request may exceed the limit.
    """

    def __init__(self, limit: int, share: float) -> None:
        super().__init__(limit, share)
        self._holders: defaultdict[str, int] = defaultdict(int)
        """The number of requests of each owner that hold a part."""
        self._stuck: defaultdict[str, int] = defaultdict(int)
        """The number of requests of each owner that hold a part and wait for more."""

    async def grow(self, owner: str, amount: int, held: int) -> int:
        """Like `acquire`, for a request that holds `held` already. After the first step, call `end`."""
        if not held:
            amount = await self.acquire(owner, amount)
            self._holders[owner] += 1
            return amount
        self._stuck[owner] += 1
        try:
            return await self.acquire(owner, amount, held)
        finally:
            self._stuck[owner] -= 1
            if not self._stuck[owner]:
                del self._stuck[owner]

    def end(self, owner: str, held: int) -> None:
        """Give back all that the request holds."""
        self._holders[owner] -= 1
        if not self._holders[owner]:
            del self._holders[owner]
        self.release(owner, held)
        self._relieve(owner)

    def _relieve(self, owner: str) -> None:
        if not self._relieve_one([owner], self.limit_of_owner):
            self._relieve_one([*self._holders], 0)

    def _relieve_one(self, owners: list[str], limit: int) -> bool:
        """If all requests of these owners that hold a part wait, give the request that holds most the amount that it waits for.

        Returns False if one of them does not wait, or if the owner of the request would then hold at most `limit`.
        """
        holders = sum(self._holders.get(owner, 0) for owner in owners)
        if sum(self._stuck.get(owner, 0) for owner in owners) < holders:
            return False
        waiting = [(owner, one) for owner in owners for one in self._waiting.get(owner, ()) if is_stuck(one)]
        if not waiting or len(waiting) < holders:
            return False
        owner, largest = max(waiting, key=lambda one: one[1].held)
        if self._held[owner] + largest.amount <= limit:
            return False
        self._waiting[owner].remove(largest)
        if not self._waiting[owner]:
            del self._waiting[owner]
        self.take(owner, largest.amount)
        largest.turn.set_result(None)
        return True


def is_stuck(waiter: _Waiter) -> bool:
    """Whether the request holds a part and still waits."""
    return waiter.held > 0 and not waiter.turn.done()
