"""The properties of windows over random histories: 150 by default, 2,000 in CI. `make fuzz` tries a million."""

from __future__ import annotations

import pytest

from threadkeep.tests.context.properties import broken_by


def test_150_random_histories_break_no_property() -> None:
    assert broken_by(0, 150) == {}


@pytest.mark.slow
def test_2000_random_histories_break_no_property() -> None:
    assert broken_by(1, 1_500) + broken_by(2, 500, most=60) == {}
