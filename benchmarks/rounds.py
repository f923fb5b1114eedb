"""Interleaved rounds: in each round every contestant has one lap, so that a slow phase of the machine affects all."""

from __future__ import annotations

import random
import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from .load import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .load import Answers, Load
    from .processes import Measured


@dataclass(frozen=True)
class Lap:
    """The CPU and wall seconds of one request or call. `answers` holds the single times, if they were measured."""

    cpu: float
    wall: float
    answers: Answers | None = field(default=None, repr=False)


class Contestant(Protocol):
    """A participant in a comparison."""

    async def lap(self, seconds: float) -> Lap:
        """Repeat the work for `seconds`, and return the mean times."""


_CHOICES = 400
WARM_UP = 0.3
"""The share of a lap that is a warm-up. Without it, the caches of the processor hold data of another contestant."""


@dataclass(frozen=True)
class Requests:
    """Requests of one kind to one process, over connections that stay open."""

    process: Measured
    load: Load
    requests: Sequence[bytes] = field(repr=False)

    async def lap(self, seconds: float) -> Lap:
        """Send the requests for `seconds`, after a warm-up. The CPU time is the user and system time of the process."""
        await self.load.run(self.requests, seconds=seconds * WARM_UP)
        before = self.process.cpu_seconds()
        answers = await self.load.run(self.requests, seconds=seconds)
        cpu = (self.process.cpu_seconds() - before) / answers.count
        return Lap(cpu, statistics.fmean(answers.seconds), answers)


@dataclass
class Comparison:
    """The laps of each contestant, in the order of the rounds."""

    laps: dict[str, list[Lap]] = field(default_factory=dict)

    def cpu(self, name: str) -> float:
        """The median over the rounds of the CPU seconds of one request."""
        return statistics.median(lap.cpu for lap in self.laps[name])

    def wall(self, name: str) -> float:
        """The median over the rounds of the mean wall seconds of one request."""
        return statistics.median(lap.wall for lap in self.laps[name])

    def ratio(self, name: str, base: str, measure: Callable[[Lap], float] | None = None) -> float:
        """The quotient of the medians of `name` and of `base`: of CPU time, or of `measure` if given.

        The tables show the same medians, so readers can divide them.
        """
        measure = measure or (lambda lap: lap.cpu)
        medians = [statistics.median(map(measure, self.laps[one])) for one in (name, base)]
        return medians[0] / medians[1]

    def spread(self, name: str, base: str) -> tuple[float, float]:
        """The lowest and the highest quotient of `name` and `base` within one round, without the outer tenths."""
        ratios = sorted(one.cpu / other.cpu for one, other in zip(self.laps[name], self.laps[base], strict=True))
        outer = len(ratios) // 10
        return ratios[outer], ratios[-1 - outer]

    def uncertainty(self, name: str, base: str) -> float:
        """Half the width of the interval that holds the ratio with 95 %, as a share of the ratio.

        It is estimated from random choices of the rounds (bootstrap).
        """
        rounds = [(one.cpu, other.cpu) for one, other in zip(self.laps[name], self.laps[base], strict=True)]
        chosen = random.Random(len(rounds))  # noqa: S311 - the same choices in each run
        ratios = sorted(_ratio_of_medians(chosen.choices(rounds, k=len(rounds))) for _ in range(_CHOICES))
        outer = _CHOICES // 40
        return (ratios[-1 - outer] - ratios[outer]) / 2 / self.ratio(name, base)

    def answers(self, name: str) -> list[Answers]:
        """The answers of each round."""
        return [lap.answers for lap in self.laps[name] if lap.answers is not None]


def wall_of(lap: Lap) -> float:
    """The wall seconds of a lap, as `measure` of a ratio."""
    return lap.wall


def _ratio_of_medians(rounds: Sequence[tuple[float, float]]) -> float:
    return statistics.median(one for one, _ in rounds) / statistics.median(other for _, other in rounds)


@dataclass(frozen=True)
class Precision:
    """How sure the ratio of two contestants must be. On a busy machine, that needs more rounds than on a quiet one."""

    name: str
    base: str
    share: float
    """The highest allowed uncertainty, as a share of the ratio."""
    most_rounds: int

    def is_reached(self, found: Comparison) -> bool:
        """Whether the ratio is sure enough, or has taken enough rounds."""
        return len(found.laps[self.name]) >= self.most_rounds or found.uncertainty(self.name, self.base) <= self.share


async def compare(
    contestants: Mapping[str, Contestant],
    *,
    rounds: int,
    seconds: float,
    progress: Callable[[], None],
    precision: Precision | None = None,
) -> Comparison:
    """The laps of all contestants, in a random order in each round. The first round is not counted.

    With `precision`, there are more rounds until the ratio of its two contestants is sure enough.
    """
    found = Comparison({name: [] for name in contestants})
    order = list(contestants)
    shuffled = random.Random(rounds)  # noqa: S311 - the same orders in each run
    number = 0
    while number <= rounds or (precision is not None and not precision.is_reached(found)):
        shuffled.shuffle(order)
        for name in order:
            lap = await _lap(contestants[name], name, seconds if number else seconds / 2)
            if number:
                found.laps[name].append(lap)
        number += 1
        progress()
    return found


async def _lap(contestant: Contestant, name: str, seconds: float) -> Lap:
    try:
        return await contestant.lap(seconds)
    except TimeoutError as error:
        raise Refused(f"{name}: a request got no answer in time") from error
