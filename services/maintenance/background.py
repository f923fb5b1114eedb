"""Work that goes on after the request that started it was answered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ...errors import Unavailable
from ...log_events import log_events
from ..driver_errors import translate

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine

_log = log_events(__name__)
_ASKED_AGAIN_SECONDS = 0.1


class Background:
    """Holds tasks until they are done; what fails here is finished by the sweeper later."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, object], name: str) -> None:
        """Run `work` behind the request."""
        task = asyncio.create_task(self._run(work, name), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: work.close())  # a task that is cancelled at once never comes to its work

    async def _run(self, work: Coroutine[Any, Any, object], name: str) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - nobody waits for this task: a fault is logged, and the sweeper tries again
            fault = translate(error)
            _log.warning(
                "background_work_failed", work=name, error=type(error).__name__, passing=isinstance(fault, Unavailable)
            )

    async def close(self) -> None:
        """Stop what still runs; it is safe to stop anywhere."""
        while self._tasks:
            await end(list(self._tasks))


async def end(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until they have ended.

    Asked more than once: `asyncio.wait_for` of Python 3.11, which the driver uses, loses a cancellation that comes as it
    ends.
    """
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=_ASKED_AGAIN_SECONDS)
