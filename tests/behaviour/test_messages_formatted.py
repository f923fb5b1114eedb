from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import ThreadNotFound
from threadkeep.tests.factories import make_history, make_messages, make_thread

if TYPE_CHECKING:
    from threadkeep.inputs import MessageInput
    from threadkeep.tests.factories import ServiceProvider

CALLS = [{"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Rome"}'}}]


async def formatted(services: ServiceProvider, *messages: MessageInput) -> list[dict[str, Any]]:
    thread = await make_thread(services)
    await services.message_service.create_messages(thread.id, messages)
    return await services.message_service.get_formatted_messages(thread.id)


async def test_formatted_messages_are_messages_of_chat_completions(services: ServiceProvider) -> None:
    conversation = await formatted(
        services,
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
        {"role": "system", "content": "Rated 5 of 5."},
    ]


async def test_chunks_that_are_json_of_tool_calls_are_stored_as_tool_calls(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    text = json.dumps(CALLS)

    await services.message_service.append_chunk(thread.id, text[:20], is_last=False)
    message = await services.message_service.append_chunk(thread.id, text[20:], is_last=True)
    await services.message_service.submit_tool_output(thread.id, "22", tool_call_id="call_1")
    [called, _] = await services.message_service.get_formatted_messages(thread.id)

    assert message is not None
    assert (message.content, message.tool_calls) == (text, CALLS)
    assert called == {"role": "assistant", "content": None, "tool_calls": CALLS}


@pytest.mark.parametrize(
    "text",
    ["[]", "[1, 2]", '[{"name": "f"}]', "[not json", '{"function": {}}', json.dumps(CALLS), "[" * 5000],
)
async def test_other_json_in_an_assistant_message_is_text(services: ServiceProvider, text: str) -> None:
    [entry] = await formatted(services, {"role": "assistant", "content": text})

    assert entry == {"role": "assistant", "content": text}


async def test_json_of_tool_calls_in_a_user_message_is_text(services: ServiceProvider) -> None:
    text = json.dumps(CALLS)

    [entry] = await formatted(services, {"role": "user", "content": text})

    assert entry == {"role": "user", "content": text}


async def test_content_parts_are_returned_as_content_parts(services: ServiceProvider) -> None:
    parts: list[dict[str, Any]] = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:…"}},
    ]

    [entry] = await formatted(services, {"content": parts})

    assert entry == {"role": "user", "content": parts}


async def test_an_output_without_its_call_becomes_words(services: ServiceProvider) -> None:
    [entry] = await formatted(services, {"role": "tool", "content": "orphan"})

    assert entry == {"role": "assistant", "content": "[Output of a tool call that is not stored] orphan"}


async def test_a_deleted_call_leaves_a_valid_history(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    call, _ = await services.message_service.create_messages(
        thread.id,
        [
            {"role": "assistant", "content": None, "tool_calls": CALLS},
            {"role": "tool", "content": "22 °C", "tool_call_id": "call_1"},
        ],
    )
    await services.message_service.delete_message(call.id)

    [entry] = await services.message_service.get_formatted_messages(thread.id)

    assert entry["role"] == "assistant"
    assert "22 °C" in entry["content"]


async def test_an_unanswered_call_is_marked(services: ServiceProvider) -> None:
    conversation = await formatted(
        services, {"role": "assistant", "content": "Let me look.", "tool_calls": CALLS}, {"content": "Well?"}
    )

    assert conversation == [
        {"role": "assistant", "content": "Let me look.", "tool_calls": CALLS},
        {"role": "tool", "tool_call_id": "call_1", "content": "[No output is stored for this call.]"},
        {"role": "user", "content": "Well?"},
    ]


@pytest.mark.large
async def test_formatted_messages_are_the_whole_history_in_order(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    await make_messages(services, thread.id, [str(number) for number in range(1000)])
    await make_messages(services, thread.id, ["1000"])

    conversation = await services.message_service.get_formatted_messages(thread.id)

    assert [entry["content"] for entry in conversation] == [str(number) for number in range(1001)]


async def test_formatted_messages_leave_out_deleted_messages(services: ServiceProvider) -> None:
    thread_id, _ = await make_history(services, 3, without=(1, 3))

    assert await services.message_service.get_formatted_messages(thread_id) == [{"role": "user", "content": "2"}]


async def test_formatted_messages_of_an_empty_and_of_an_unknown_thread(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    assert await services.message_service.get_formatted_messages(thread.id) == []
    with pytest.raises(ThreadNotFound, match="'thread_unknown'"):
        await services.message_service.get_formatted_messages("thread_unknown")
