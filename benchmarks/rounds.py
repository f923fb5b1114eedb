"""Interleaved rounds: each window of one process is followed by one of the other, so that the machine's moods hit both."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .load import Answers, Load
    from .processes import Measured


@dataclass(frozen=True)
class Contestant:
    """Requests of one kind to one process, over connections that stay."""

    process: Measured
    load: Load
    requests: Sequence[bytes] = field(repr=False)

    async def window(self, *, seconds: float = 0.0, count: int = 0) -> Window:
        """Ask for a while; the process's time is that of its user and system work."""
        before = self.process.cpu_seconds()
        answers = await self.load.run(self.requests, seconds=seconds, count=count)
        return Window((self.process.cpu_seconds() - before) / answers.count, answers)


@dataclass(frozen=True)
class Window:
    """CPU seconds for one request, and the answers."""

    cpu: float
    answers: Answers = field(repr=False)


@dataclass
class Comparison:
    """CPU seconds of each contestant, round by round."""

    cpu: dict[str, list[float]] = field(default_factory=dict)

    def typical(self, name: str) -> float:
        """The median CPU seconds for one request."""
        return statistics.median(self.cpu[name])

    def ratio(self, name: str, base: str) -> float:
        """The median of the ratios within each round."""
        return statistics.median(self.ratios(name, base))

    def ratios(self, name: str, base: str) -> list[float]:
        """The ratio within each round."""
        return [one / other for one, other in zip(self.cpu[name], self.cpu[base], strict=True)]


async def compare(
    contestants: Mapping[str, Contestant], *, rounds: int, seconds: float, progress: Callable[[], None]
) -> Comparison:
    """Give each contestant a window in each round, the order turned round every time; the first round is not counted."""
    found = Comparison({name: [] for name in contestants})
    order = list(contestants)
    for number in range(rounds + 1):
        for name in order:
            window = await contestants[name].window(seconds=seconds if number else seconds / 2)
            if number:
                found.cpu[name].append(window.cpu)
        order.reverse()
        progress()
    return found
