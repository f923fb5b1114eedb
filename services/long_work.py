"""Computes the history of a long thread beside the event loop: a request for 64 MiB would stop all others for seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from ..budgets import Budget
from ..stored_json import as_json

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")
Counter = Callable[[str], int]

AT_ONCE = 2
"""The number of long histories that one process computes at the same time."""
_SHARE = 0.5
"""The share of this number that one owner may have."""
_FEW_ROWS, _LITTLE_TEXT = 300, 256 * 1024
"""The most messages, and characters of their contents, that are computed in the event loop: this takes less than 0.1 s."""


class LongWork:
    """The threads that compute long histories. There are few threads, because all requests share the processor with them.

    One key has at most half of the threads, so another key never waits behind all requests of the first.
    """

    def __init__(self) -> None:
        self.budget = Budget(AT_ONCE, _SHARE)
        self._threads = ThreadPoolExecutor(AT_ONCE, "long_work")

    async def run(self, owner: str, rows: Sequence[Any], work: Callable[[], T]) -> T:
        """The result of `work`, which reads these messages and changes nothing else. Much work is done in another thread.

        `owner` is the owner of the share of the budget (`Caller.owner`).
        """
        if not _is_much(rows):
            return work()
        amount = await self.budget.acquire(owner, 1)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self.budget.release(owner, amount)


def _is_much(rows: Sequence[Any]) -> bool:
    return len(rows) > _FEW_ROWS or sum(map(_size, rows)) > _LITTLE_TEXT


def _size(row: Any) -> int:
    """The characters of a message, approximately. A message that is more than a text is measured as a whole, as JSON."""
    content = row["content"]
    is_plain = isinstance(content, str) and not row.get("item") and not row.get("tool_calls")
    return len(content) if is_plain else len(as_json(row))


class Abandonable:
    """A counter of tokens that can be stopped: a thread cannot be cancelled when nobody waits for its result any more."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self.is_abandoned = False

    def __call__(self, text: str) -> int:
        """The tokens of the text. Raises `CancelledError` if nobody waits for them."""
        if self.is_abandoned:
            raise asyncio.CancelledError
        return self._counter(text)
