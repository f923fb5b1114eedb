"""The views of any message that the native API accepts are valid for the types of the SDK."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.beta.threads import Message
from pydantic import TypeAdapter, ValidationError

from threadkeep.inputs import Role, StoredMessage
from threadkeep.routers.openai.requests.conversations import NewItems
from threadkeep.routers.openai.views.items import render_items
from threadkeep.routers.openai.views.messages import render_thread_message
from threadkeep.services.appends.rows import message_row
from threadkeep.tests.routers.openai.item_examples import item_examples
from threadkeep.tests.routers.openai.sdk_validation import ITEM_TYPES

if TYPE_CHECKING:
    from threadkeep.documents import MessageRow

SMALL = st.text(max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | SMALL,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SMALL.filter(lambda key: "\0" not in key), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
KINDS = st.sampled_from(
    [
        "text", "image_url", "image_file", "refusal", "input_text", "input_image", "input_file", "output_text",
        "summary_text", "reasoning_text", "computer_screenshot", "input_audio",
    ]
)  # fmt: skip
NAMES = (
    "text",
    "image_url",
    "image_file",
    "refusal",
    "detail",
    "file_id",
    "annotations",
    "logprobs",
    "filename",
    "file_data",
)
PLAUSIBLE = JSON | st.fixed_dictionaries({"value": SMALL | JSON}, optional={"annotations": JSON, "url": SMALL | JSON})
PARTS = st.fixed_dictionaries({"type": KINDS | JSON}, optional=dict.fromkeys(NAMES, SMALL | PLAUSIBLE))
OBJECTS = st.dictionaries(st.sampled_from(["type", "file_id", "tools", "id", "function"]), SMALL | JSON, max_size=4)
CALLS = st.fixed_dictionaries({"id": SMALL | JSON, "function": OBJECTS | st.fixed_dictionaries({"name": SMALL})})
MESSAGES = st.fixed_dictionaries(
    {"content": SMALL | st.lists(PARTS, max_size=3), "role": st.sampled_from(get_args(Role))},
    optional={
        "attachments": st.lists(OBJECTS, max_size=2),
        "tool_calls": st.lists(CALLS | OBJECTS, max_size=2),
        "tool_call_id": SMALL,
        "status": st.sampled_from(["in_progress", "incomplete", "completed"]),
        "incomplete_details": st.dictionaries(st.just("reason"), SMALL | JSON),
        "meta_data": st.dictionaries(SMALL.filter(lambda key: "\0" not in key), JSON, max_size=2),
    },
)
ENTRIES = {name: TypeAdapter(kind) for name, kind in ITEM_TYPES.items()}


def row_of(message: dict[str, Any]) -> MessageRow:
    row = message_row("thread_1", StoredMessage(**message), None)  # as older versions stored it
    row["created_at"] = datetime(2026, 11, 22, 12, 0, 0, 999_000)  # noqa: DTZ001 - the driver returns naive times
    return row


@pytest.mark.slow
@given(MESSAGES)
def test_every_message_has_one_valid_message_view_and_valid_items(message: dict[str, Any]) -> None:
    row = row_of(message)

    of_thread, items = render_thread_message(row), render_items(row)

    Message.model_validate(of_thread, strict=True)
    for item in items:
        ENTRIES[item["type"]].validate_python(item, strict=True)
        if item["type"] == "message" and item["role"] not in ("user", "system", "developer"):
            assert {part["type"] for part in item["content"]} <= {"output_text", "refusal"}
    assert of_thread["id"] == row["_id"]
    assert len({item["id"] for item in items}) == len(items) > 0
    assert of_thread["content"]


@given(SMALL, st.sampled_from(get_args(Role)))
def test_plain_text_is_shown_completely(text: str, role: str) -> None:
    row = row_of({"content": text, "role": role})

    assert render_thread_message(row)["content"][0]["text"]["value"] == text
    if "tool_calls" not in row:
        assert render_items(row)[0]["content"][0]["text"] == text


def test_times_are_shown_as_whole_seconds() -> None:
    row = row_of({"content": "x", "role": "assistant"})

    assert render_thread_message(row)["created_at"] == 1_795_348_800


EXAMPLES = item_examples()
ITEMS: TypeAdapter[Any] = TypeAdapter(NewItems)


@st.composite
def modified_items(draw: st.DrawFn) -> dict[str, Any]:
    """An item with any JSON at one position. The value of `tools` is replaced as a whole, because only its type is checked."""
    found: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(EXAMPLES)))
    container: Any = found
    while True:
        key = draw(st.sampled_from(sorted(container) if isinstance(container, dict) else range(len(container))))
        inner = container[key] if key != "tools" else None
        if isinstance(inner, (dict, list)) and inner and draw(st.booleans()):
            container = inner
            continue
        container[key] = draw(JSON)
        return found


@given(modified_items())
def test_an_item_is_refused_or_has_a_valid_view(sent: dict[str, Any]) -> None:
    try:
        new = ITEMS.validate_python({"items": [sent]}).to_input()
    except ValidationError:
        return
    if not new:  # an item reference, or an item that is not stored
        return

    [shown] = render_items(message_row("conv_1", new[0], None))

    ENTRIES[shown["type"]].validate_python(shown, strict=True)


def test_an_item_of_an_unknown_kind_is_shown_as_json() -> None:
    row = row_of({"content": "x", "role": "assistant"})
    row["type"], row["item"] = "telepathy", {"thought": 1}

    [shown] = render_items(row)

    ENTRIES["message"].validate_python(shown, strict=True)
    assert shown["content"][0]["text"] == '{"thought":1,"type":"telepathy"}'
    assert render_thread_message(row)["role"] == "assistant"


def test_tool_calls_and_a_text_that_resembles_calls_are_both_shown() -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": {"a": 1}}}

    for text in ("[aside] Let me see.", "[]"):
        row = row_of({"content": text, "role": "assistant", "tool_calls": [call]})
        assert len(render_thread_message(row)["content"]) == len(render_items(row)) == 2
    [called] = render_items(row_of({"content": "", "role": "assistant", "tool_calls": [call]}))
    assert (called["type"], called["arguments"]) == ("function_call", '{"a":1}')


def test_the_output_of_a_local_shell_keeps_the_id_of_its_call() -> None:
    sent = {"type": "local_shell_call_output", "id": "call_1", "output": "x"}

    [new] = ITEMS.validate_python({"items": [sent]}).to_input()
    row = message_row("conv_1", new, None)

    assert (row["tool_call_id"], row["item"]["id"]) == ("call_1", "call_1")
