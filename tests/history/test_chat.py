"""Histories in the format of chat completions are valid with any stored messages."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadkeep.context import UNANSWERED, check_chat, formatted_history
from threadkeep.history import turns_of
from threadkeep.tests.hostile.stored import messages as stored_messages

Row = dict[str, Any]


def message(role: str, content: Any = "", **fields: Any) -> Row:
    return {"id": "message_1", "type": "message", "role": role, "content": content, **fields}


def call(call_id: str = "a", name: str = "f") -> Row:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": "{}"}}


def calls(*call_ids: str, content: Any = "", **fields: Any) -> Row:
    return message("assistant", content, tool_calls=[call(one) for one in call_ids], **fields)


def output(call_id: str | None, content: Any = "1", **fields: Any) -> Row:
    return message("tool", content, tool_call_id=call_id, **fields)


def item(kind: str, role: str = "assistant", content: str = "", **fields: Any) -> Row:
    return {"id": "x_1", "type": kind, "role": role, "content": content, "item": fields}


def shown(*rows: Row) -> list[Any]:
    """Return the history in short: words as text, calls as a list of ids, outputs as a tuple of id and text."""
    found: list[Any] = []
    for entry in formatted_history(rows):
        if entry["role"] == "tool":
            found.append((entry["tool_call_id"], entry["content"]))
        elif "tool_calls" in entry:
            found.append(
                [*([entry["content"]] if entry["content"] else []), *(one["id"] for one in entry["tool_calls"])]
            )
        else:
            found.append(entry["content"])
    assert found == [] or check_chat(formatted_history(rows)) == []
    return found


def test_words_beside_calls_stay_words() -> None:
    assert shown(calls("a", content="Let me look."), output("a")) == [["Let me look.", "a"], ("a", "1")]


def test_words_and_calls_in_several_messages_are_one_message() -> None:
    rows = [
        message("assistant", "Let me look."),
        item("function_call", call_id="a", name="f", arguments="{}"),
        calls("b"),
    ]

    assert shown(*rows, output("a"), output("b")) == [["Let me look.", "a", "b"], ("a", "1"), ("b", "1")]


def test_calls_of_different_runs_are_not_joined() -> None:
    rows = [calls("a", run_id="run_1"), calls("b", run_id="run_2"), output("a"), output("b")]

    assert shown(*rows) == [["a"], ("a", "1"), ["b"], ("b", "1")]


def test_outputs_stand_in_the_order_of_their_calls() -> None:
    assert shown(calls("a", "b"), output("b", "2"), output("a")) == [["a", "b"], ("a", "1"), ("b", "2")]


def test_an_output_after_the_next_question_stands_after_its_call() -> None:
    rows = [calls("a"), message("user", "Hurry!"), output("a")]

    assert shown(*rows) == [["a"], ("a", "1"), "Hurry!"]


def test_ids_of_calls_that_repeat_belong_to_their_turn() -> None:
    rows = [calls("a"), output("a", "1"), message("user", "Again"), calls("a"), output("a", "2")]
    unanswered_first = [calls("a"), message("user", "Again"), calls("a"), output("a", "2")]
    deleted_second = [calls("a"), message("user", "1"), calls("a"), output("a"), message("user", "2"), output("a", "3")]

    assert shown(*rows) == [["a"], ("a", "1"), "Again", ["a"], ("a", "2")]
    assert shown(*unanswered_first) == [["a"], ("a", UNANSWERED), "Again", ["a"], ("a", "2")]
    assert shown(*deleted_second)[:5] == [["a"], ("a", UNANSWERED), "1", ["a"], ("a", "1")]
    assert "3" in shown(*deleted_second)[-1]


def test_an_unanswered_call_is_marked_and_an_output_without_its_call_is_worded() -> None:
    assert shown(calls("a", "b"), output("b"), message("user", "Well?")) == [
        ["a", "b"], ("a", UNANSWERED), ("b", "1"), "Well?"
    ]  # fmt: skip
    for orphan in (output("gone", "22 °C"), output(None, "22 °C")):
        [worded] = formatted_history([orphan])
        assert worded["role"] == "assistant"
        assert worded["content"].endswith(" 22 °C")


def test_half_written_messages_are_left_out_and_incomplete_ones_stay() -> None:
    half: Any = {"status": "in_progress"}
    rows = [message("user", "?"), message("assistant", "Once", **half), calls("a", **half), output("b", "half", **half)]

    assert shown(*rows, message("assistant", "cut", status="incomplete")) == ["?", "cut"]
    assert shown(calls("a", **half), output("a")) == [["a"], ("a", "1")]


@pytest.mark.parametrize(
    "text", ['[{"function":"f(x)=x^2","derivative":"2x"}]', '[{"function":{"name":5}}]', '[{"function":{}}]']
)
def test_json_that_version_0_1_took_for_calls_is_text(text: str) -> None:
    assert shown(message("assistant", text, tool_calls=orjson.loads(text))) == [text]


def test_images_in_outputs_are_shown_by_the_user_behind_the_output() -> None:
    image = {"type": "input_image", "image_url": "https://e.com/a"}
    sent = item("function_call_output", "tool", call_id="a", output=[image])

    [_, answer, shown_by_user] = formatted_history([calls("a"), sent])

    assert answer["content"] == [{"type": "text", "text": "[image: the next message of the user]"}]
    assert shown_by_user["role"] == "user"
    assert shown_by_user["content"] == [
        {"type": "text", "text": "[Output of the tool f]"},
        {"type": "image_url", "image_url": {"url": "https://e.com/a", "detail": "auto"}},
    ]


def test_roles_without_an_equivalent_are_worded_and_bookkeeping_is_left_out() -> None:
    rows = [message(role, role) for role in ("platform", "developer", "critic", "unknown")]
    rows += [item("my.snapshot", "unknown", state={}), item("reasoning", summary=[])]

    assert [(entry["role"], entry["content"]) for entry in formatted_history(rows)] == [
        ("system", "platform"), ("developer", "developer"), ("assistant", "critic")
    ]  # fmt: skip


def test_hosted_calls_and_calls_of_a_machine_are_left_out_with_their_outputs() -> None:
    rows = [
        item("web_search_call", action={"type": "search"}, id="ws_1"),
        item("shell_call", call_id="sh", action={"commands": ["ls"]}),
        item("shell_call_output", "tool", call_id="sh", output=[]),
    ]

    assert formatted_history(rows) == []
    assert len(turns_of(rows)[0].steps) == 2


def test_custom_calls_keep_their_form() -> None:
    rows = [
        item("custom_tool_call", call_id="a", name="g", input="x"),
        item("custom_tool_call_output", "tool", call_id="a"),
    ]

    [called, answer] = formatted_history(rows)

    assert called["tool_calls"] == [{"id": "a", "type": "custom", "custom": {"name": "g", "input": "x"}}]
    assert answer == {"role": "tool", "tool_call_id": "a", "content": ""}


def test_content_parts_become_parts_of_chat_completions() -> None:
    content = [
        {"type": "text", "text": "a"},
        {"type": "text", "text": {"value": "b", "annotations": []}},
        {"type": "output_text", "text": "c", "annotations": []},
        {"type": "input_image", "image_url": "https://example.com/a.png", "detail": None},
        {"type": "input_image", "file_id": "file_1"},
        {"type": "input_file", "file_id": "file_2", "filename": None},
        {"type": "image_url", "image_url": {"url": "https://example.com/b.png"}},
        {"type": "input_file", "file_url": "https://example.com/c.pdf"},
    ]

    [found] = formatted_history([message("user", content)])

    assert found["content"] == [
        *({"type": "text", "text": text} for text in "abc"),
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "auto"}},
        {"type": "text", "text": '{"type":"input_image","file_id":"file_1"}'},
        {"type": "file", "file": {"file_id": "file_2"}},
        content[6],
        {"type": "text", "text": '{"type":"input_file","file_url":"https://example.com/c.pdf"}'},
    ]


IDS = st.sampled_from(["a", "b", "c"])
ROWS = st.one_of(
    st.builds(message, st.sampled_from(["user", "assistant", "platform", "developer", "unknown"]), st.text(max_size=3)),
    st.builds(
        lambda ids, content, run: calls(*ids, content=content, run_id=run),
        st.lists(IDS, min_size=1, max_size=3),
        st.sampled_from(["", "words"]),
        st.sampled_from([None, "run_1", "run_2"]),
    ),
    st.builds(output, IDS | st.none(), st.sampled_from(["1", "", [{"type": "input_image", "image_url": "x"}]])),
    st.builds(lambda one: item("function_call", call_id=one, name="f", arguments="{}"), IDS),
    st.builds(lambda one: item("function_call_output", "tool", call_id=one, output="2"), IDS),
    st.sampled_from(
        [item("reasoning", summary=[]), item("mcp_call", name="f", arguments="{}"), item("x.y", "unknown")]
    ),
    stored_messages,
)
STATUSES = st.sampled_from([None, None, "in_progress", "incomplete"])


@pytest.mark.slow
@given(st.lists(st.tuples(ROWS, STATUSES), max_size=8))
def test_every_history_is_valid_for_chat_completions(rows: list[tuple[Row, str | None]]) -> None:
    stored = [{**row, "status": status} for row, status in rows]

    history = formatted_history(stored)

    assert history == [] or check_chat(history) == []
    steps = [step for turn in turns_of(stored) for step in turn.steps]
    assert len(steps) >= len(turns_of(stored))


@given(st.lists(ROWS, max_size=8))
def test_no_words_and_no_outputs_are_lost(rows: list[Row]) -> None:
    numbered = [{**row, "content": f"text {number}"} for number, row in enumerate(rows) if row["type"] == "message"]
    for row in numbered:
        row.pop("parts", None)  # Threadkeep would read the text from the parts

    history = str(formatted_history(numbered))

    assert [row["content"] for row in numbered if row["content"] not in history and row["role"] != "unknown"] == []
