from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import ThreadNotFound
from threadkeep.tests.factories import make_history, make_messages, make_thread

if TYPE_CHECKING:
    from threadkeep.tests.factories import ErrorBoundary

CALLS = [{"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Rome"}'}}]


async def formatted(door: ErrorBoundary, *messages: dict[str, Any]) -> list[dict[str, Any]]:
    thread = await make_thread(door)
    await door.message_service.create_messages(thread.id, messages)
    return await door.message_service.get_formatted_messages(thread.id)


async def test_formatted_is_what_a_chat_completions_call_wants(door: ErrorBoundary) -> None:
    conversation = await formatted(
        door,
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "How warm is it in Rome?"},
        {"role": "assistant", "tool_calls": CALLS},
        {"role": "tool", "content": "22 °C", "tool_call_id": "call_1"},
        {"role": "assistant", "content": "22 °C, and sunny."},
        {"role": "platform", "content": "Rated 5 of 5."},
    )

    assert conversation == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "How warm is it in Rome?"},
        {"role": "assistant", "content": None, "tool_calls": CALLS},
        {"role": "tool", "tool_call_id": "call_1", "content": "22 °C"},
        {"role": "assistant", "content": "22 °C, and sunny."},
        {"role": "platform", "content": "Rated 5 of 5."},
    ]


async def test_tool_calls_that_an_assistant_wrote_as_json_are_tool_calls(door: ErrorBoundary) -> None:
    thread = await make_thread(door)
    text = json.dumps(CALLS)

    message = await door.message_service.create_message(thread.id, text, "assistant")
    [entry] = await door.message_service.get_formatted_messages(thread.id)

    assert (message.content, message.tool_calls) == (text, CALLS)
    assert entry == {"role": "assistant", "content": None, "tool_calls": CALLS}


@pytest.mark.parametrize(
    "text",
    ["[]", "[1, 2]", '[{"name": "f"}]', "[not json", '{"function": {}}', json.dumps(CALLS)[:-1], "[" * 5000],
)
async def test_json_that_is_not_tool_calls_is_text(door: ErrorBoundary, text: str) -> None:
    [entry] = await formatted(door, {"role": "assistant", "content": text})

    assert entry == {"role": "assistant", "content": text}


async def test_tool_calls_as_text_mean_nothing_from_a_user(door: ErrorBoundary) -> None:
    text = json.dumps(CALLS)

    [entry] = await formatted(door, {"role": "user", "content": text})

    assert entry == {"role": "user", "content": text}


async def test_parts_stay_parts(door: ErrorBoundary) -> None:
    parts = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": "data:…"}}]

    [entry] = await formatted(door, {"content": parts})

    assert entry == {"role": "user", "content": parts}


async def test_answer_of_a_tool_always_has_its_two_keys(door: ErrorBoundary) -> None:
    [entry] = await formatted(door, {"role": "tool", "content": "orphan"})

    assert entry == {"role": "tool", "tool_call_id": None, "content": "orphan"}


@pytest.mark.large
async def test_formatted_is_the_whole_history_in_order(door: ErrorBoundary) -> None:
    thread = await make_thread(door)
    await make_messages(door, thread.id, [str(number) for number in range(1000)])
    await make_messages(door, thread.id, ["1000"])

    conversation = await door.message_service.get_formatted_messages(thread.id)

    assert [entry["content"] for entry in conversation] == [str(number) for number in range(1001)]


async def test_formatted_leaves_out_what_was_deleted(door: ErrorBoundary) -> None:
    thread_id, _ = await make_history(door, 3, without=(1, 3))

    assert await door.message_service.get_formatted_messages(thread_id) == [{"role": "user", "content": "2"}]


async def test_formatted_of_an_empty_or_unknown_thread(door: ErrorBoundary) -> None:
    thread = await make_thread(door)

    assert await door.message_service.get_formatted_messages(thread.id) == []
    with pytest.raises(ThreadNotFound, match="'thread_unknown'"):
        await door.message_service.get_formatted_messages("thread_unknown")
