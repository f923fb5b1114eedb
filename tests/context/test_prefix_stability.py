"""A provider's cache of prefixes misses less than with any other stateless way that stays below the budget."""

from __future__ import annotations

from pathlib import Path

import pytest

from threadkeep.benchmarks.prefixes import misses, table
from threadkeep.tests.docs.outputs import IS_RECORDING

PAGE = Path(__file__).parents[2] / "docs" / "context.md"
BEGINS, ENDS = "<!-- prefixes -->\n", "<!-- end of prefixes -->"


def test_caches_miss_much_less_than_with_a_sliding_window() -> None:
    ours, sliding = (misses(way, 4_000, turns=100) for way in ("`context`", "sliding window"))

    assert 3 * ours.missed < 2 * sliding.missed
    assert max([*ours.tokens, *sliding.tokens]) <= 4_000


def test_sending_everything_ends_above_the_budget() -> None:
    assert misses("everything", 0, turns=80).above(1_500) is not None


@pytest.mark.chaos
@pytest.mark.timeout(300)
def test_the_page_has_the_measured_table() -> None:
    page = PAGE.read_text(encoding="utf-8")
    before, found = page.split(BEGINS)
    shown, after = found.split(ENDS)
    measured = f"\n{table()}\n"
    if IS_RECORDING:
        PAGE.write_text(f"{before}{BEGINS}{measured}{ENDS}{after}", encoding="utf-8")
        return

    assert shown == measured, "`make docs` writes it anew"
