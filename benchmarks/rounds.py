"""Interleaved rounds: each window of one contestant is followed by one of the other, so that the machine's moods hit both."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .load import Answers, Load
    from .processes import Measured


@dataclass(frozen=True)
class Window:
    """CPU and wall seconds for one request or call, and the answers where they were timed one by one."""

    cpu: float
    wall: float
    answers: Answers | None = field(default=None, repr=False)


class Contestant(Protocol):
    """What takes part in a comparison."""

    async def window(self, seconds: float) -> Window:
        """Do the work again and again for a while."""


@dataclass(frozen=True)
class Requests:
    """Requests of one kind to one process, over connections that stay."""

    process: Measured
    load: Load
    requests: Sequence[bytes] = field(repr=False)

    async def window(self, seconds: float) -> Window:
        """Ask for a while; the process's time is that of its user and system work."""
        before = self.process.cpu_seconds()
        answers = await self.load.run(self.requests, seconds=seconds)
        cpu = (self.process.cpu_seconds() - before) / answers.count
        return Window(cpu, statistics.fmean(answers.seconds), answers)


@dataclass
class Comparison:
    """The windows of each contestant, round by round."""

    windows: dict[str, list[Window]] = field(default_factory=dict)

    def cpu(self, name: str) -> float:
        """The median CPU seconds for one request."""
        return statistics.median(window.cpu for window in self.windows[name])

    def wall(self, name: str) -> float:
        """The median over the rounds of what one request took on average."""
        return statistics.median(window.wall for window in self.windows[name])

    def ratio(self, name: str, base: str, measure: Callable[[Window], float] | None = None) -> float:
        """The median of the ratios within each round, of CPU time unless something else is measured."""
        measure = measure or (lambda window: window.cpu)
        pairs = zip(self.windows[name], self.windows[base], strict=True)
        return statistics.median(measure(one) / measure(other) for one, other in pairs)

    def answers(self, name: str) -> list[Answers]:
        """The answers of each round."""
        return [window.answers for window in self.windows[name] if window.answers is not None]


def wall_of(window: Window) -> float:
    """For ratios of what a caller waits."""
    return window.wall


async def compare(
    contestants: Mapping[str, Contestant], *, rounds: int, seconds: float, progress: Callable[[], None]
) -> Comparison:
    """Give each contestant a window in each round, the order turned round every time; the first round is not counted."""
    found = Comparison({name: [] for name in contestants})
    order = list(contestants)
    for number in range(rounds + 1):
        for name in order:
            window = await contestants[name].window(seconds if number else seconds / 2)
            if number:
                found.windows[name].append(window)
        order.reverse()
        progress()
    return found
