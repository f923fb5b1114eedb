"""Contestants that are calls in the process of the benchmark."""

from __future__ import annotations

import inspect
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .load import Answers
from .rounds import WARM_UP, Lap

if TYPE_CHECKING:
    from collections.abc import Callable


_FEWEST = 5
"""The fewest calls of a lap on a slow machine. With fewer, other work in the process would count too much."""


@dataclass(frozen=True)
class RepeatedCall:
    """One call that is repeated. It may block or return an awaitable."""

    call: Callable[[], Any] = field(repr=False)

    async def lap(self, seconds: float) -> Lap:
        """Repeat the call for `seconds`, after a warm-up. The CPU time is that of this thread, which does all the work."""
        await self._repeat(seconds * WARM_UP)
        return await self._repeat(seconds)

    async def _repeat(self, seconds: float) -> Lap:
        answers = Answers()
        cpu, began = time.thread_time(), time.perf_counter()
        moment = began
        while moment < began + seconds or answers.count < _FEWEST:
            result = self.call()
            if inspect.isawaitable(result):
                await result
            now = time.perf_counter()
            answers.seconds.append(now - moment)
            moment = now
        answers.elapsed = moment - began
        return Lap((time.thread_time() - cpu) / answers.count, answers.elapsed / answers.count, answers)
