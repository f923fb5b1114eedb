"""Budgets: limited resources of one process, shared fairly by the owners of the requests."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_Waiter = tuple[int, "asyncio.Future[None]"]


class Budget:
    """An amount of one resource: requests in work, or bytes in memory.

    An owner is an API key. One owner gets at most `share` of the limit, so others always find the rest. Owners that wait
    get the resource in the order of how little they hold; the requests of one owner get it in the order of their arrival.
    """

    def __init__(self, limit: int, share: float) -> None:
        self.limit = limit
        self.used = 0
        """The amount that all owners hold. What an owner takes above the own share counts for this owner alone."""
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

    async def acquire(self, owner: str, amount: int) -> int:
        """Wait until the owner may have the amount, and return it. It is at most the whole share of one owner."""
        amount = min(amount, self.limit_of_owner)
        if self.has_room(owner, amount):
            self.take(owner, amount)
            return amount
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(owner, deque()).append((amount, turn))
        self.waiters += 1
        try:
            if not self._waiting_before(owner):
                self._grant()
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
            owner, (amount, turn) = following
            self._pop(owner)
            self.take(owner, amount)
            turn.set_result(None)

    def _next(self) -> tuple[str, _Waiter] | None:
        """The first request of the owner that holds least and may have more. None if the limit does not allow it now."""
        heads = [(self._held.get(owner, 0), owner, waiter) for owner, waiter in self._heads()]
        allowed = [head for head in heads if not head[0] or head[0] + head[2][0] <= self.limit_of_owner]
        if not allowed:
            return None
        _, owner, waiter = min(allowed, key=lambda head: head[0])
        return (owner, waiter) if self.used + waiter[0] <= self.limit else None

    def _heads(self) -> Iterator[tuple[str, _Waiter]]:
        for owner in list(self._waiting):
            queue = self._waiting[owner]
            while queue and queue[0][1].done():  # its request was cancelled
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
