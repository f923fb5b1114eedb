"""Calls in this very process, timed as requests to another one are."""

from __future__ import annotations

import inspect
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .load import Answers
from .rounds import Window

if TYPE_CHECKING:
    from collections.abc import Callable


_FEWEST = 5
"""On a slow day: fewer would let what goes on beside the calls weigh too much."""


@dataclass(frozen=True)
class Calls:
    """One call, made again and again; it may block or be awaited."""

    call: Callable[[], Any] = field(repr=False)

    async def window(self, seconds: float) -> Window:
        """Call for a while; the CPU time is that of this thread, which does all the work."""
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
        return Window((time.thread_time() - cpu) / answers.count, answers.elapsed / answers.count, answers)
