"""Rounds: a ratio is measured until it is sure enough, or for a limited number of rounds."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from threadkeep.benchmarks.rounds import Comparison, Lap, Precision, compare


@dataclass
class Noisy:
    """A contestant whose laps cost between 1 and 1 + `noise`."""

    noise: float
    laps: int = 0
    chosen: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 - the same laps in each run

    async def lap(self, seconds: float) -> Lap:
        """One lap."""
        self.laps += 1
        return Lap(1 + self.noise * self.chosen.random(), seconds)


def precise(share: float) -> Precision:
    return Precision("ours", "floor", share, most_rounds=40)


def noisy_laps(count: int, seed: int) -> list[Lap]:
    chosen = random.Random(seed)  # noqa: S311 - the same laps in each run
    return [Lap(1 + chosen.random(), 0) for _ in range(count)]


@pytest.mark.parametrize(("noise", "share", "rounds"), [(0, 0.01, 5), (1, 0.001, 40), (1, 9, 5)])
async def test_rounds_are_added_until_the_ratio_is_sure_or_the_limit_is_reached(
    noise: float, share: float, rounds: int
) -> None:
    contestants = {"floor": Noisy(0), "ours": Noisy(noise), "other": Noisy(noise)}

    found = await compare(contestants, rounds=5, seconds=1, progress=lambda: None, precision=precise(share))

    assert {name: len(laps) for name, laps in found.laps.items()} == dict.fromkeys(contestants, rounds)
    assert contestants["ours"].laps == rounds + 1  # the first one is not counted


async def test_without_a_precision_no_round_is_added() -> None:
    found = await compare({"floor": Noisy(1), "ours": Noisy(1)}, rounds=3, seconds=1, progress=lambda: None)

    assert [len(laps) for laps in found.laps.values()] == [3, 3]


def test_the_uncertainty_falls_with_more_rounds() -> None:
    few, many = (Comparison({"ours": noisy_laps(count, 1), "floor": noisy_laps(count, 2)}) for count in (10, 1000))

    assert few.uncertainty("ours", "floor") > 3 * many.uncertainty("ours", "floor")
    assert many.uncertainty("ours", "floor") < 0.1


def test_equal_laps_are_sure() -> None:
    assert Comparison({"ours": [Lap(2, 0)] * 3, "floor": [Lap(1, 0)] * 3}).uncertainty("ours", "floor") == 0


def test_the_true_ratio_is_nearly_always_in_the_interval() -> None:
    chosen = random.Random(5)  # noqa: S311 - the same laps in each run
    held = 0
    for _ in range(100):
        laps = {name: [Lap(true * (1 + chosen.random()), 0) for _ in range(20)] for name, true in NAMED}
        found = Comparison(laps)
        ratio = found.ratio("ours", "floor")
        held += abs(ratio - 1.2) <= found.uncertainty("ours", "floor") * ratio

    assert held >= 85


NAMED = (("ours", 1.2), ("floor", 1.0))
