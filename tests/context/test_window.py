"""The properties of windows, over arbitrary histories, budgets and formats."""

from __future__ import annotations

import copy
import itertools
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from threadkeep.context import (
    Demand,
    History,
    Window,
    check_anthropic,
    check_chat,
    check_responses,
    count_tokens,
    settled_window,
    window_of,
)
from threadkeep.errors import BudgetTooSmall
from threadkeep.stored_json import as_json
from threadkeep.tests.context.histories import DEMANDS, FORMATS, Row, histories, message, newest_of, whole, words

CHECKS = {"chat": check_chat, "responses": check_responses, "anthropic": check_anthropic}
HUGE = 10**9


def made(history: History, demand: Demand) -> Window | None:
    """Return the window, or None if the newest turn does not fit."""
    try:
        return window_of(history, demand)
    except BudgetTooSmall:
        return None


@given(histories(), DEMANDS)
def test_every_window_is_valid_for_its_api(rows: list[Row], demand: Demand) -> None:
    window = made(whole(rows), demand)

    assert window is None or window.messages == [] or CHECKS[demand.format](window.messages) == []


@given(histories(), DEMANDS)
def test_no_window_is_above_its_budget(rows: list[Row], demand: Demand) -> None:
    window = made(whole(rows), demand)

    if window is not None:
        assert window.tokens <= demand.max_tokens
        assert window.tokens == count_tokens([*(window.system or ()), *window.messages], demand.counter)


@given(histories(), DEMANDS)
def test_a_window_is_refused_only_if_the_newest_turn_does_not_fit(rows: list[Row], demand: Demand) -> None:
    try:
        window_of(whole(rows), demand)
    except BudgetTooSmall as error:
        numbers = error.problems[0]["ctx"]
        enough = replace(demand, max_tokens=numbers["needed"])

        assert numbers["limit"] == demand.max_tokens < numbers["needed"]
        assert window_of(whole(rows), enough).tokens <= numbers["needed"]


@given(histories(), DEMANDS)
def test_the_same_history_gives_the_same_bytes(rows: list[Row], demand: Demand) -> None:
    first, second = made(whole(rows), demand), made(whole(copy.deepcopy(rows)), demand)

    assert as_json(first and asdict(first)) == as_json(second and asdict(second))


@pytest.mark.slow
@given(histories(20), DEMANDS)
def test_a_window_does_not_depend_on_how_much_was_read(rows: list[Row], demand: Demand) -> None:
    for count in range(len(whole(rows).rows)):
        try:
            window = settled_window(newest_of(rows, count), demand)
        except BudgetTooSmall:
            assert made(whole(rows), demand) is None
            return
        if window is not None:
            assert window == made(whole(rows), demand)
            return


def test_a_shortened_turn_behind_a_summary_that_is_not_used_is_the_same_window_before_all_was_read() -> None:
    """The turn is the whole thread, except for the summary. So nothing is left out for the budget."""
    covers = {"from_seq": 1, "upto_seq": 2}
    rows = [
        message("unknown", "So far", seq=1, type="summary", covers=covers),
        message("user", "Well?", seq=2),
        message("assistant", seq=3, type="function_call", item={"call_id": "a", "name": "f", "arguments": "{}"}),
        message("tool", "long " * 400, seq=4, tool_call_id="a"),
    ]
    demand = Demand("chat", 200, words, shorten_outputs=True, use_summaries=False)

    assert settled_window(newest_of(rows, 3), demand) is None
    assert [one["reason"] for one in window_of(whole(rows), demand).left_out] == ["bookkeeping"]


@given(histories(), DEMANDS, st.sampled_from(("Next?", "x" * 50)))
def test_a_window_grows_at_its_end_while_its_beginning_stays(rows: list[Row], demand: Demand, text: str) -> None:
    before = made(whole(rows), demand)
    after = made(whole([*rows, message("user", text, seq=rows[-1]["seq"] + 1 if rows else 1)]), demand)
    assume(before is not None and after is not None and before.messages)
    assert before is not None
    assert after is not None
    assume(before.first_seq == after.first_seq)
    if demand.shorten_outputs and before.tokens != after.tokens:
        assume(made(whole(rows), replace(demand, shorten_outputs=False)) is not None)

    old, new = (pieces(window.messages, demand.format) for window in (before, after))

    assert new[: len(old)] == old


def pieces(messages: list[dict[str, Any]], format_: str) -> list[Any]:
    """Return the units that a cache of prefixes compares: messages, or their blocks if an API merges messages."""
    if format_ != "anthropic":
        return messages
    return [(one["role"], block) for one in messages for block in one["content"]]


@given(histories(), DEMANDS)
def test_every_number_is_in_the_window_or_named_as_left_out(rows: list[Row], demand: Demand) -> None:
    window = made(whole(rows), demand)
    if window is None or not rows:
        return
    ranges = [(one["first_seq"], one["last_seq"]) for one in window.left_out]
    first = window.first_seq if window.first_seq is not None else rows[-1]["seq"] + 1
    head = whole(rows).head

    assert ranges == sorted(ranges)
    for row in rows:
        is_named = any(low <= row["seq"] <= high for low, high in ranges)
        assert row in head or row["seq"] >= first or is_named or row["seq"] in window.pinned


@pytest.mark.parametrize("format_", FORMATS)
def test_the_newest_turn_is_never_cut_silently(format_: Any) -> None:
    rows = [
        message("user", "?", seq=1),
        message("assistant", "", seq=2, tool_calls=[{"id": "a", "function": {"name": "f", "arguments": "{}"}}]),
        message("tool", "line " * 5_000, seq=3, tool_call_id="a"),
    ]
    demand = Demand(format_, 200, words)

    with pytest.raises(BudgetTooSmall, match="more than 200"):
        window_of(whole(rows), demand)
    window = window_of(whole(rows), replace(demand, shorten_outputs=True))

    assert "characters left out" in str(window.messages)
    assert window.tokens <= 200


@pytest.mark.slow
def test_a_window_begins_at_the_same_turn_for_many_turns() -> None:
    rows: list[Row] = []
    starts = []
    for turn in range(400):
        rows += [message("user", "word " * 20, seq=2 * turn + 1), message("assistant", "word " * 20, seq=2 * turn + 2)]
        starts.append(window_of(whole(rows), Demand("chat", 1_000, words)).first_seq)
    moves = sum(one != other for one, other in itertools.pairwise(starts))

    assert moves <= 2 * 400 / 10  # a window has about 20 turns: at least half of them stay
    assert starts == sorted(starts, key=lambda seq: seq or 0)


@pytest.mark.parametrize("format_", FORMATS)
def test_an_empty_history_has_an_empty_window(format_: Any) -> None:
    assert window_of(whole([]), Demand(format_, 0, words)) == Window([], None, 0)


@given(histories(), st.sampled_from(FORMATS))
def test_no_words_of_users_are_lost(rows: list[Row], format_: Any) -> None:
    numbered = [{**row, "content": f"text {row['seq']}"} if row["role"] == "user" else row for row in rows]
    for row in numbered:
        row.pop("parts", None)  # Threadkeep would read the text from the parts

    window = window_of(whole(numbered), Demand(format_, HUGE, len, use_summaries=False))

    said = [row["content"] for row in numbered if row["role"] == "user" and row["type"] == "message"]
    half = [row["content"] for row in numbered if row["status"] == "in_progress"]
    assert [text for text in said if text not in str(window.messages) and text not in half] == []
