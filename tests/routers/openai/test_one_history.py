"""A thread has one history in the native API and in the OpenAI API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.routers.openai.sdk_validation import checked

if TYPE_CHECKING:
    from openai import OpenAI

    from threadkeep.client import Client


def text(value: str) -> dict[str, Any]:
    return {"type": "text", "text": {"value": value, "annotations": []}}


def test_metadata_values_that_are_not_text_are_shown_as_json(sdk: OpenAI, native: Client) -> None:
    meta_data = {
        "a": "b",
        "n": 5,
        "f": 0.5,
        "t": True,
        "none": None,
        "o": {"x": [1]},
        **{str(i): "" for i in range(20)},
    }
    thread = native.thread_service.create_thread(meta_data=meta_data)
    native.message_service.create_message(thread.id, "x", meta_data=meta_data)

    expected = {
        "a": "b",
        "n": "5",
        "f": "0.5",
        "t": "true",
        "none": "null",
        "o": '{"x":[1]}',
        **{str(i): "" for i in range(20)},
    }
    assert checked(sdk.beta.threads.retrieve(thread.id)).metadata == expected
    assert checked(sdk.conversations.retrieve(thread.id)).metadata == expected
    assert checked(sdk.beta.threads.messages.list(thread.id).data[0]).metadata == expected


def test_updates_in_the_openai_api_keep_values_of_the_native_api(sdk: OpenAI, native: Client) -> None:
    meta_data = {"n": 5, **{str(i): "" for i in range(20)}}
    thread = native.thread_service.create_thread(meta_data=meta_data, tool_resources={"mine": {"a": 1}})
    message = native.message_service.create_message(thread.id, "x", meta_data=meta_data)

    sdk.beta.threads.update(
        thread.id, metadata={"0": "changed"}, tool_resources={"code_interpreter": {"file_ids": ["file_1"]}}
    )
    sdk.beta.threads.messages.update(message.id, thread_id=thread.id, metadata={"0": "changed"})

    found = native.thread_service.get_thread(thread.id)
    assert found.meta_data == meta_data | {"0": "changed"}
    assert found.tool_resources == {"mine": {"a": 1}, "code_interpreter": {"file_ids": ["file_1"]}}
    assert native.message_service.get_message(message.id).meta_data == meta_data | {"0": "changed"}


def test_tool_resources_of_any_structure_are_shown(sdk: OpenAI, native: Client) -> None:
    examples: list[Any] = [
        {"code_interpreter": 5, "file_search": {"vector_store_ids": [5]}},
        {"code_interpreter": {"file_ids": "x", "more": 1}, "other": {}},
        {"file_search": {"vector_stores": [{}]}},
    ]
    for resources in examples:
        thread = native.thread_service.create_thread(meta_data={}, tool_resources=resources)
        checked(sdk.beta.threads.retrieve(thread.id))


def test_messages_of_openai_threads_are_shown_in_the_native_api(sdk: OpenAI, native: Client) -> None:
    thread = sdk.beta.threads.create(
        messages=[
            {"role": "user", "content": "Hello", "metadata": {"a": "b"}},
            {"role": "assistant", "content": [{"type": "text", "text": "Hi"}]},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "One"},
                    {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
                    {"type": "text", "text": "Two"},
                ],
                "attachments": [{"file_id": "file_1", "tools": []}],
            },
        ],
        metadata={"topic": "time"},
    )

    found = native.thread_service.get_thread(thread.id)
    first, second, third = native.message_service.list_messages(thread.id)

    assert (found.meta_data, found.message_count, found.created_at) == ({"topic": "time"}, 3, thread.created_at)
    assert (first.role, first.content, first.meta_data, first.type) == ("user", "Hello", {"a": "b"}, "message")
    assert (second.role, second.content, second.sender_id) == ("assistant", "Hi", "assistant")
    assert third.content[1] == {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    assert third.attachments == [{"file_id": "file_1", "tools": []}]
    assert [entry["role"] for entry in native.message_service.get_formatted_messages(thread.id)] == [
        "user", "assistant", "user"
    ]  # fmt: skip


def test_items_of_conversations_are_shown_in_threads_and_in_the_native_api(sdk: OpenAI, native: Client) -> None:
    parts: list[Any] = [
        {"type": "input_text", "text": "Look:"},
        {"type": "input_image", "image_url": "https://e.com/a"},
    ]
    call: Any = {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"}
    conversation = sdk.conversations.create(
        items=[
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": parts},
            call,
            {"type": "function_call_output", "call_id": "call_1", "output": "Sunny"},
        ]
    )
    items = list(sdk.conversations.items.list(conversation.id, order="asc"))

    messages = [checked(m).to_dict() for m in sdk.beta.threads.messages.list(conversation.id, order="asc")]

    assert [message["id"] for message in messages] == [entry.id for entry in items]
    assert [message["role"] for message in messages] == ["assistant", "user", "assistant", "assistant"]
    assert messages[1]["content"] == [
        text("Look:"),
        {"type": "image_url", "image_url": {"url": "https://e.com/a", "detail": "auto"}},
    ]
    shown = messages[2]["content"][0]["text"]["value"]
    assert shown.startswith("{")
    assert f'"id":"{items[2].id}"' in shown
    natively = native.message_service.list_messages(conversation.id)
    assert [(m.role, m.type) for m in natively] == [
        ("developer", "message"),
        ("user", "message"),
        ("assistant", "function_call"),
        ("tool", "function_call_output"),
    ]
    formatted = native.message_service.get_formatted_messages(conversation.id)
    assert formatted[1]["content"] == [
        {"type": "text", "text": "Look:"},
        {"type": "image_url", "image_url": {"url": "https://e.com/a", "detail": "auto"}},
    ]
    assert [entry["role"] for entry in formatted] == ["developer", "user", "assistant", "tool"]


def test_all_apis_list_the_same_history(sdk: OpenAI, native: Client) -> None:
    thread = native.thread_service.create_thread(meta_data={})
    ids = []
    for number in range(3):
        ids.append(native.message_service.create_message(thread.id, str(number), "user").id)
        ids.append(sdk.beta.threads.messages.create(thread.id, role="assistant", content=str(number)).id)
        item: Any = {"role": "user", "content": str(number)}
        ids.append(str(sdk.conversations.items.create(thread.id, items=[item]).data[0].id))

    assert [message.id for message in native.message_service.list_messages(thread.id)] == ids
    assert [message.id for message in sdk.beta.threads.messages.list(thread.id, order="asc", limit=2)] == ids
    assert [item.id for item in sdk.conversations.items.list(thread.id, order="asc", limit=2)] == ids
    assert [name.partition("_")[0] for name in ids] == ["message", "msg", "msg"] * 3


def test_a_thread_deleted_in_one_api_is_deleted_in_all(sdk: OpenAI, native: Client) -> None:
    conversation = sdk.conversations.create(items=[{"role": "user", "content": "x"}])

    native.thread_service.delete_thread(conversation.id)

    with pytest.raises(Exception, match="not found"):
        sdk.conversations.retrieve(conversation.id)
