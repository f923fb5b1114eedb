"""The properties of windows over histories that break other programs: each was a report of a session that never recovered."""

from __future__ import annotations

from typing import Any

import pytest

from threadkeep.context import Choices, Demand, estimate
from threadkeep.tests.context.histories import FORMATS, PNG, Row, calls, item, message, summary
from threadkeep.tests.context.properties import broken

IMAGE: Row = {"type": "input_image", "image_url": PNG}
THINKING = item(
    "reasoning", {"summary": [], "content": [{"type": "reasoning_text", "text": "Hm"}], "signature": "c2ln"}
)


def user(content: Any = "Q?", **fields: Any) -> Row:
    return message("user", content, **fields)


def answer(content: Any = "A.") -> Row:
    return message("assistant", content)


def called(*ids: str, **fields: Any) -> Row:
    return {**calls([(one, "f", "{}") for one in ids], "", custom=False), **fields}


def output(call_id: str, content: Any = "ok", **fields: Any) -> Row:
    return message("tool", content, tool_call_id=call_id, **fields)


def reasoning(number: int = 1) -> Row:
    return item("reasoning", {"id": f"rs_{number}", "summary": []})


IDS = [f"c{number}" for number in range(100)]
HISTORIES: dict[str, list[Row]] = {
    "many parallel calls": [user(), called(*IDS), *[output(one) for one in reversed(IDS)], answer()],
    "parallel calls with one id": [user(), called(*["x"] * 50), *[output("x")] * 50],
    "a message above every budget": [user(), answer(), user("x" * 100_000), answer()],
    "a pinned message above every budget": [user("x" * 100_000, pinned=True), answer(), user()],
    "outputs before calls": [user(), output("a"), output("b"), called("a", "b"), answer(), output("a")],
    "an id twice in a message": [user(), called("a", "a"), output("a", "1"), output("a", "2"), user(), output("a")],
    "an id in two turns": [user(), called("a"), user(), called("a"), user(), output("a", "1"), output("a", "2")],
    "a user between call and output": [user(), called("a", "b"), output("a"), user("Hurry"), output("b"), answer()],
    "reasoning alone": [user(), reasoning(), user(), reasoning(2), reasoning(3), reasoning(2)],
    "reasoning before an orphan": [user(), reasoning(), output("q"), THINKING, output("q"), THINKING],
    "reasoning stored twice": [user(), reasoning(), called("a"), output("a"), user(), reasoning(), answer()],
    "more images than an API takes": [*[user([IMAGE] * 60)] * 9, called("a"), output("a", [IMAGE] * 60)],
    "empty texts": [user(""), answer(""), answer([]), user([]), called("a"), output("a", ""), answer("\n")],
    "instructions alone": [message(role, "S") for role in ("system", "developer", "platform")] * 20,
    "empty instructions alone": [message("system")] * 3,
    "a summary of deleted messages": [{**summary(1, 8, "Old"), "seq": 9}, user(), answer()],
    "a summary of itself and what follows": [user(), answer(), summary(1, 98, "All"), user(), answer()],
    "summaries of summaries": [
        *(user(), answer(), summary(1, 1, "1"), user(), summary(1, 3, "2"), summary(3, 3, "3")),
        *(user(), summary(1, 7, "4"), summary(2, 1, "5"), user()),
    ],
    "empty summaries": [user(), answer(), summary(1, 1, ""), user(), summary(1, 2, [IMAGE]), user()],
    "pins inside a summary": [
        *(user(), called("a", pinned=True), output("a", pinned=True), called("b", pinned=True), output("b")),
        *(summary(1, 4, "S"), user(), answer()),
    ],
    "a pinned output of a call in a summary": [user(), called("a"), output("a", pinned=True), summary(1, 2, "S")],
    "more pins than a window holds": [*[user("p", pinned=True)] * 70, answer()],
    "instructions in the middle": [
        message("developer", "D"),
        answer(),
        called("a"),
        message("system", "S"),
        output("a"),
    ],
    "odd arguments": [
        user(),
        calls([("a", "f", "null"), ("b", "f", '{"a":' * 5_000), ("c", "f", '{"a": "\\ud800"}')], "", custom=False),
        *(output("c"), output("b"), output("a")),
    ],
    "half written": [
        user(),
        called("a", status="in_progress"),
        output("a"),
        called("b"),
        output("b", status="in_progress"),
    ],
}


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("name", HISTORIES)
def test_a_nasty_history_breaks_no_property(name: str, format_: Any) -> None:
    rows = [{"status": None, "run_id": None, "seq": seq, **row} for seq, row in enumerate(HISTORIES[name], 1)]
    rows = [{**row, "seq": rows[0]["seq"] + index} for index, row in enumerate(rows)]
    for max_tokens in (0, 60, 10**12):
        demand = Demand(format_, max_tokens, estimate, shorten_outputs=max_tokens == 60)

        assert [*broken(rows, demand)] == []
    demand = Demand(format_, 1_000, estimate, Choices(include_incomplete=False, mark_unanswered=False))
    assert [*broken(rows, demand)] == []
