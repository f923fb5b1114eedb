"""Does the work that follows pops. If pops of a thread follow each other, this work is done once for all of them.

The mark of a cut row costs as much as an append. Until it is written, direct queries show the message, and no API does.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .cleaning import brings_purge, finish_pops

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from ...documents import Documents
    from ..paging import PageSize
    from ..tuning import Tuning
    from .commit import Committed

_MOST_SECONDS = 1.0
"""The longest time for which the work waits for a pause of the pops."""


class PopWork:
    """The pops of this process whose work is not done. If the process is killed, the sweeper does it."""

    def __init__(
        self,
        documents: Documents,
        tuning: Tuning,
        start: Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]],
    ) -> None:
        """`start` runs a task in the background, under a name."""
        self._documents = documents
        self._tuning = tuning
        self._start = start
        self._waiting: dict[str, list[Committed]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closing = asyncio.Event()

    def add(self, made: Committed, size: PageSize) -> None:
        """Do the work of this pop soon, in the background."""
        thread_id = made.thread["_id"]
        if thread_id in self._waiting:
            self._waiting[thread_id].append(made)
        elif made.cut is not None:  # else the thread had no message
            self._waiting[thread_id] = [made]
            task = self._start(self._finish(thread_id, size), f"finish pops of {thread_id}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Do the work that waits, unless the database is away."""
        self._is_closing.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_MOST_SECONDS)

    async def _finish(self, thread_id: str, size: PageSize) -> None:
        try:
            await self._wait_for_pause(self._waiting[thread_id])
        finally:
            pops = self._waiting.pop(thread_id)
        await finish_pops(self._documents, self._tuning, pops, size)

    async def _wait_for_pause(self, pops: list[Committed]) -> None:
        last, count = asyncio.get_running_loop().time() + _MOST_SECONDS, 0
        while count < len(pops) and asyncio.get_running_loop().time() < last:
            if self._is_closing.is_set() or any(brings_purge(made, self._tuning) for made in pops[count:]):
                return
            count = len(pops)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_closing.wait(), self._tuning.pops_pause_seconds)
