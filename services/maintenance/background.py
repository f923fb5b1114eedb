"""Background tasks: work that continues after the request that started it was answered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from .failures import Failures

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine

_CANCELLED_AGAIN_SECONDS = 0.1


class Background:
    """Runs tasks in the background. If one fails, the failure is logged and counted, and the sweeper completes its work later."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self.failures = Failures()

    def start(self, work: Coroutine[Any, Any, object], name: str) -> asyncio.Task[None]:
        """Start a task that runs `work`, and return it at once. `name` is in the log line of a failure."""
        task = asyncio.create_task(self._run(work, name), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: work.close())  # a task that is cancelled before it runs never awaits `work`
        return task

    async def _run(self, work: Coroutine[Any, Any, object], name: str) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - no caller awaits this task: log the error; the sweeper tries again
            self.failures.add(name, error)

    async def close(self) -> None:
        """Cancel all tasks and wait until they have ended. Each can be interrupted anywhere without harm."""
        while self._tasks:
            await cancel_tasks(list(self._tasks))


async def cancel_tasks(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until they have ended.

    Tasks that still run after 0.1 seconds are cancelled again. The driver uses `asyncio.wait_for`, which in Python 3.11 loses
    a cancellation that arrives at the moment when it ends.
    """
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=_CANCELLED_AGAIN_SECONDS)
