"""Arbitrary histories: any order of roles, calls, parallel calls, orphans, images, reasoning, deletions and several writers."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from threadkeep.context import Choices, Demand, History, head_of, utf8_bytes
from threadkeep.history import is_summary
from threadkeep.tests.hostile.stored import messages as odd_messages

Row = dict[str, Any]
FORMATS = ("chat", "responses", "anthropic")
PNG = "data:image/png;base64,iVBORw0KGgo="
IDS_OF_CALLS = ("a", "b", "call 1", "call_1", "é" * 70, "")
NAMES_OF_TOOLS = ("f", "math.add", "", "x" * 90, "wetter für")
TEXTS = ("", " ", "Hello", "Hello. \n", "x" * 300, "你好", "[1]")
KINDS_OF_PARTS: tuple[Row, ...] = (
    {"type": "input_text", "text": "words"},
    {"type": "text", "text": {"value": " "}},
    {"type": "output_text", "text": "", "annotations": []},
    {"type": "refusal", "refusal": "No."},
    {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "odd"},
    {"type": "input_image", "image_url": "http://example.com/a.png"},
    {"type": "image_url", "image_url": {"url": PNG}},
    {"type": "input_image", "file_id": "file_1"},
    {"type": "input_file", "file_data": "data:application/pdf;base64,JVBERg==", "filename": "a.pdf"},
    {"type": "input_file", "file_url": "https://example.com/a.pdf"},
    {"type": "file", "file": {"file_id": "file_2"}},
    {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
    {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "odd"}},
    {"type": "my_part", "value": 1},
)
IDS = st.sampled_from(IDS_OF_CALLS)
NAMES = st.sampled_from(NAMES_OF_TOOLS)
WORDS = st.sampled_from(TEXTS) | st.text(max_size=6)
PARTS = st.sampled_from(KINDS_OF_PARTS)
CONTENT = WORDS | st.lists(PARTS, max_size=3)
TEXTS_OF_ARGUMENTS = ("{}", '{"city": "Rome"}', "[1]", "no JSON", "", '{"a": "\\ud800"}', '{"a": NaN}', '{"a": 1e999}')
ARGUMENTS = st.sampled_from(TEXTS_OF_ARGUMENTS)


def message(role: str, content: Any = "", **fields: Any) -> Row:
    return {"type": "message", "role": role, "content": content, **fields}


def calls(named: list[tuple[str, str, str]], content: Any, *, custom: bool) -> Row:
    made = [
        {"id": one, "type": "custom", "custom": {"name": name, "input": text}}
        if custom
        else {"id": one, "type": "function", "function": {"name": name, "arguments": text}}
        for one, name, text in named
    ]
    return message("assistant", content, tool_calls=made)


def item(kind: str, fields: dict[str, Any], role: str = "assistant", content: str = "") -> Row:
    return {"type": kind, "role": role, "content": content, "item": fields}


def summary(first: int, more: int, content: Any) -> Row:
    covers = {"from_seq": first, "upto_seq": first + more}
    return {"type": "summary", "role": "unknown", "content": content, "covers": covers}


ITEMS_OF_REASONING: tuple[Row, ...] = (
    {"id": "rs_1", "summary": [{"type": "summary_text", "text": "Hmm."}], "encrypted_content": "gAAA"},
    {"id": "rs_2", "summary": []},
    {"summary": [], "content": [{"type": "reasoning_text", "text": "Let me think."}], "signature": "c2ln"},
    {"summary": [], "data": "ZW5j"},
    {"summary": 5},
    {},
)
HOSTED_CALLS: tuple[Row, ...] = (
    item("web_search_call", {"id": "ws_1", "action": {"type": "search", "query": "Rome"}, "status": "completed"}),
    item("web_search_call", {"action": {"type": "search"}}),
    item("mcp_call", {"id": "mcp_1", "server_label": "s", "name": "f", "arguments": "{}", "output": "1"}),
    item("shell_call", {"call_id": "a", "action": {"commands": ["ls"]}}),
    item("computer_call", {"call_id": "b", "action": {"type": "click"}}),
)
REASONING = st.sampled_from(ITEMS_OF_REASONING)
HOSTED = st.sampled_from(HOSTED_CALLS)
ROWS = st.one_of(
    st.builds(message, st.just("user"), CONTENT),
    st.builds(message, st.just("user"), WORDS),
    st.builds(message, st.sampled_from(("assistant", "system", "developer", "platform", "critic", "unknown")), CONTENT),
    st.builds(calls, st.lists(st.tuples(IDS, NAMES, ARGUMENTS), min_size=1, max_size=3), CONTENT, custom=st.booleans()),
    st.builds(lambda one, content: message("tool", content, tool_call_id=one), IDS | st.none(), CONTENT),
    st.builds(
        lambda one, name, text: item("function_call", {"id": "fc_1", "call_id": one, "name": name, "arguments": text}),
        *(IDS, NAMES, ARGUMENTS),
    ),
    st.builds(
        lambda one, content: item("function_call_output", {"call_id": one, "output": content}, "tool"), IDS, CONTENT
    ),
    st.builds(lambda one: item("custom_tool_call", {"id": "ctc_1", "call_id": one, "name": "g", "input": "x"}), IDS),
    st.builds(lambda fields: item("reasoning", fields), REASONING),
    HOSTED,
    st.builds(summary, st.integers(1, 20), st.integers(0, 20), WORDS),
    st.just(item("shell_call_output", {"call_id": "a", "output": []}, "tool")),
    st.just(item("my_framework.snapshot", {"step": 1}, "unknown")),
    odd_messages,
)
STATUSES = st.sampled_from((None, None, None, "completed", "in_progress", "incomplete"))
PINS = st.sampled_from((False, False, False, False, True))
RUNS = st.sampled_from((None, None, "run_1", "run_2"))


@st.composite
def histories(draw: st.DrawFn, most: int = 12) -> list[Row]:
    """Draw the messages of a thread, with numbers that leave gaps where messages were deleted."""
    seq, found = 0, []
    head = draw(st.lists(st.builds(message, st.sampled_from(("system", "developer")), WORDS), max_size=2))
    for row in [*head, *draw(st.lists(ROWS, max_size=most))]:
        seq += draw(st.sampled_from((1, 1, 1, 2, 7)))
        pinned = {"pinned": True} if row["type"] != "summary" and draw(PINS) else {}
        found.append({**row, **pinned, "seq": seq, "status": draw(STATUSES), "run_id": draw(RUNS)})
    return found


def newest_of(rows: list[Row], count: int) -> History:
    """Return the history of a thread after a read of the newest messages, and of those that all windows hold."""
    recalled = [row for row in rows if row.get("pinned") or is_summary(row)]
    return History(head_of(rows), rows[len(rows) - count :], whole=False, recalled=recalled)


def whole(rows: list[Row]) -> History:
    """Return the history of a thread of which everything was read."""
    head = head_of(rows)
    return History(head, rows[len(head) :], whole=True)


def words(text: str) -> int:
    """Count the words. This counter differs much from the number of bytes."""
    return len(text.split())


DEMANDS = st.builds(
    Demand,
    format=st.sampled_from(FORMATS),
    max_tokens=st.integers(0, 400) | st.sampled_from((1_000, 5_000, 100_000)),
    counter=st.sampled_from((utf8_bytes, words, len)),
    choices=st.builds(Choices, include_incomplete=st.booleans(), mark_unanswered=st.booleans()),
    shorten_outputs=st.booleans(),
    use_summaries=st.booleans(),
)
