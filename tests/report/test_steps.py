from __future__ import annotations

import pytest

from threadkeep.report.steps import SHARES, step_of, steps_up_to


@pytest.mark.parametrize("top", [1, 2, 3, 4, 5, 6, 7, 11, 42, 100_003])
def test_each_amount_has_exactly_one_step(top: int) -> None:
    steps = steps_up_to(top)

    assert len(steps) == min(5, top) + 1
    amounts = [amount for amounts in steps.values() for amount in amounts]
    assert amounts == [*range(top + 1)]
    assert step_of(steps, top) == [*steps][-1]


def test_each_share_has_exactly_one_step() -> None:
    assert [share for shares in SHARES.values() for share in shares] == [*range(101)]


def test_steps_are_named_after_their_first_and_last_amount() -> None:
    assert [*steps_up_to(2)] == ["0", "1", "2"]
    assert [*steps_up_to(3000)][-1] == "2,401\N{EN DASH}3,000"
