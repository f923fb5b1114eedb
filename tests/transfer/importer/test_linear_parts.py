"""Parts of an import take time in proportion to their input. In a whole import, the rows would hide their time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from threadkeep.transfer.importer.conversations.conversation import Conversation, SourceMessage
from threadkeep.transfer.importer.conversations.grouping import GroupBounds, grouped
from threadkeep.transfer.importer.conversations.merging import merged
from threadkeep.transfer.importer.conversations.tree import place_along
from threadkeep.transfer.importer.formats.open_calls import OpenCalls

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_SECONDS = 1.5
"""Each of them takes about a tenth of this. In quadratic time it would take more than twice as long."""


def seconds_of(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


@pytest.mark.slow
def test_branches_at_the_end_of_a_path_of_empty_messages_are_found_in_linear_time() -> None:
    count = 15_000
    parents: dict[str, str | None] = {f"m{n}": f"m{n - 1}" if n else None for n in range(count)}
    parents |= {f"b{n}": f"m{count - 1}" for n in range(count)}
    messages = {name: [SourceMessage(name, "user", "x")] for name in parents if name.startswith("b")}
    found = Conversation("c", "line 1")

    assert seconds_of(lambda: place_along(found, parents, "", messages)) < MOST_SECONDS
    assert len(found.branches) == count - 1


def test_results_of_another_tool_than_the_open_calls_are_placed_in_linear_time() -> None:
    count = 20_000
    calls = OpenCalls()
    for number in range(count):
        calls.add(f"a{number}", "a")
    calls.add("b", "b")

    def answer() -> None:
        for number in range(count):
            assert calls.first("b") == "b"
            assert calls.first() == f"a{number}"
            calls.close(f"a{number}")

    assert seconds_of(answer) < MOST_SECONDS


def test_rows_of_many_keys_are_replaced_in_linear_time() -> None:
    with grouped(GroupBounds()) as groups:

        def replace() -> None:
            for number in range(10_000):
                groups.replace(f"k{number}", number)

        assert seconds_of(replace) < MOST_SECONDS
        assert len([*groups]) == 10_000


def test_messages_are_put_before_all_others_in_linear_time() -> None:
    ordered, more = [*range(50_000, 100_000)], [*range(50_000)]

    assert seconds_of(lambda: merged(ordered, more[::-1], lambda one: one, -1)) < MOST_SECONDS


def test_merged_messages_stand_behind_the_last_one_that_is_not_higher() -> None:
    assert merged([1, 5, 2, 9], [3, 2, 7], lambda one: one, 0) == [1, 5, 2, 2, 3, 7, 9]
    assert merged([(1,), (None,), (4,)], [(2,), (None,), (1,)], lambda one: one[0], 0) == [
        *((1,), (None,), (2,), (4,), (None,), (1,)),
    ]
