"""Recent values, used by several threads at once."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("langgraph")

from threadkeep.adapters.langgraph.recent import Recent


def test_the_value_that_was_not_used_for_the_longest_time_is_forgotten() -> None:
    recent = Recent[str, int](2)
    recent.put("a", 1)
    recent.put("b", 2)
    recent.get("a")
    recent.put("c", 3)

    assert [recent.get(key) for key in "abc"] == [1, None, 3]
    recent.forget(lambda key: key == "a")
    assert recent.get("a") is None
    assert recent.get_or_make("a", lambda: 4) == recent.get_or_make("a", lambda: 5) == 4


def test_several_threads_may_use_the_values_at_once() -> None:
    recent, interval = Recent[int, int](4), sys.getswitchinterval()

    def use(first: int) -> int:
        for number in range(first, first + 3000):
            recent.put(number % 50, number)
            recent.get((number + 1) % 50)
            recent.forget(lambda key: key == number % 7)  # noqa: B023 - it is called at once
        return first

    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            assert [*threads.map(use, range(8))] == [*range(8)]
    finally:
        sys.setswitchinterval(interval)
