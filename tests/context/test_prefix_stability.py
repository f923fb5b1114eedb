"""A provider's cache of prefixes misses less than with any other way that stays below the budget."""

from __future__ import annotations

import pytest

from threadkeep.benchmarks.prefixes import misses


@pytest.mark.slow
def test_caches_miss_less_than_half_of_what_a_sliding_window_costs() -> None:
    ours, sliding = (misses(way, 4_000, turns=100) for way in ("context", "sliding window"))

    assert 2 * ours.missed < sliding.missed
    assert max(ours.largest, sliding.largest) <= 4_000


def test_sending_everything_ends_above_the_budget() -> None:
    assert misses("everything", 1_500, turns=80).largest > 1_500
