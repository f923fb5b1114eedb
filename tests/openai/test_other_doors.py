"""How messages of other doors show here, and those made here elsewhere: decision 0020, case by case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.openai.strictly import checked, checked_item

if TYPE_CHECKING:
    from openai import OpenAI

    from threadkeep.client import Client

CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Paris"}'}}
CALL_TEXT = '[{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\\"city\\": \\"Paris\\"}"}}]'


def text(value: str) -> dict[str, Any]:
    return {"type": "text", "text": {"value": value, "annotations": []}}


def shown(sdk: OpenAI, native: Client, **message: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A message that was written natively, as a message of a thread and as an item of a conversation."""
    thread = native.thread_service.create_thread(meta_data={})
    made = native.message_service.create_message(thread.id, **message)
    [of_thread] = sdk.beta.threads.messages.list(thread.id).data
    [of_conversation] = sdk.conversations.items.list(thread.id).data
    assert of_thread.id == of_conversation.id == made.id
    assert sdk.beta.threads.messages.retrieve(made.id, thread_id=thread.id) == of_thread
    assert sdk.conversations.items.retrieve(made.id, conversation_id=thread.id) == of_conversation
    return checked(of_thread).to_dict(), checked_item(of_conversation).to_dict()


def item(role: str, *content: dict[str, Any]) -> dict[str, Any]:
    return {"type": "message", "status": "completed", "role": role, "content": list(content)}


def without_id(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: entry[name] for name in entry if name != "id"}


@pytest.mark.parametrize(
    ("role", "in_threads", "in_conversations"),
    [
        ("user", "user", "user"),
        ("assistant", "assistant", "assistant"),
        ("system", "assistant", "system"),
        ("platform", "assistant", "system"),
        ("tool", "assistant", "tool"),
    ],
)
def test_roles(sdk: OpenAI, native: Client, role: str, in_threads: str, in_conversations: str) -> None:
    message, entry = shown(sdk, native, content="Hello", role=role)

    part: dict[str, Any] = {"type": "input_text", "text": "Hello"}
    if role == "assistant":
        part = {"type": "output_text", "text": "Hello", "annotations": []}
    assert (message["role"], message["content"]) == (in_threads, [text("Hello")])
    assert without_id(entry) == item(in_conversations, part)


def test_what_a_tool_answered(sdk: OpenAI, native: Client) -> None:
    message, entry = shown(sdk, native, content="Sunny", role="tool", tool_call_id="call_1")

    assert (message["role"], message["content"]) == ("assistant", [text("Sunny")])
    assert without_id(entry) == {
        "type": "function_call_output",
        "status": "completed",
        "call_id": "call_1",
        "output": "Sunny",
    }


@pytest.mark.parametrize("said", [{"tool_calls": [CALL]}, {"content": CALL_TEXT}], ids=["calls", "text"])
def test_one_call_of_a_tool(sdk: OpenAI, native: Client, said: dict[str, Any]) -> None:
    message, entry = shown(sdk, native, role="assistant", **{"content": ""} | said)

    assert message["content"] == [text(CALL_TEXT)]
    assert without_id(entry) == {
        "type": "function_call",
        "status": "completed",
        "call_id": "call_1",
        "name": "weather",
        "arguments": '{"city": "Paris"}',
    }


def test_calls_beside_words_are_words_too(sdk: OpenAI, native: Client) -> None:
    message, entry = shown(sdk, native, content="Let me see.", role="assistant", tool_calls=[CALL])

    parts = [{"type": "output_text", "text": value, "annotations": []} for value in ("Let me see.", CALL_TEXT)]
    assert message["content"] == [text("Let me see."), text(CALL_TEXT)]
    assert without_id(entry) == item("assistant", *parts)


def test_several_calls_stay_one_message(sdk: OpenAI, native: Client) -> None:
    message, entry = shown(sdk, native, content="", role="assistant", tool_calls=[CALL, CALL])

    assert message["content"] == [text(f"{CALL_TEXT[:-1]},{CALL_TEXT[1:]}")]
    assert [part["text"] for part in entry["content"]] == [f"{CALL_TEXT[:-1]},{CALL_TEXT[1:]}"]


def test_parts_of_chat_completions(sdk: OpenAI, native: Client) -> None:
    content = [
        {"type": "text", "text": "Look:"},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}},
        {"type": "input_audio", "input_audio": {"data": "…"}},
        {"anything": ["else"]},
    ]

    message, entry = shown(sdk, native, content=content)

    strange = ['{"type":"input_audio","input_audio":{"data":"…"}}', '{"anything":["else"]}']
    assert message["content"] == [text("Look:"), content[1], *map(text, strange)]
    assert entry["content"] == [
        {"type": "input_text", "text": "Look:"},
        {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "low"},
        *({"type": "input_text", "text": value} for value in strange),
    ]


MISSHAPEN: list[dict[str, Any]] = [
    {"type": {"a": 1}, "text": 5},
    {"type": "text"},
    {"type": "text", "text": {"value": 1}},
    {"type": "text", "text": {"value": "x", "annotations": [5, {"type": []}, {"type": "file_citation"}]}},
    {"type": "image_url", "image_url": "https://example.com"},
    {"type": "image_url", "image_url": {"url": 5, "detail": []}},
    {"type": "image_file", "image_file": {"file_id": "f", "detail": {}}},
    {"type": "input_image", "detail": 7},
    {"type": "input_image", "file_id": "f", "detail": "original"},
    {"type": "input_text", "text": None},
    {"type": "output_text", "text": "x", "annotations": [{"type": "x"}]},
    {"type": "refusal", "refusal": 5},
    {"type": "input_file", "file_id": 5},
]


def test_parts_of_any_shape_are_shown(sdk: OpenAI, native: Client) -> None:
    for part in MISSHAPEN:
        message, entry = shown(sdk, native, content=[part])

        assert len(message["content"]) == len(entry["content"]) == 1
        shown(sdk, native, content=[part], role="tool", tool_call_id="call_1")


def test_what_a_text_cites_is_shown_at_both(sdk: OpenAI, native: Client) -> None:
    citation = {
        "type": "file_citation",
        "text": "[0]",
        "start_index": 1,
        "end_index": 4,
        "file_citation": {"file_id": "file_1"},
    }
    content = [{"type": "text", "text": {"value": "x[0]", "annotations": [citation]}}]

    message, entry = shown(sdk, native, content=content, role="assistant")

    assert message["content"] == content
    assert entry["content"] == [
        {
            "type": "output_text",
            "text": "x[0]",
            "annotations": [{"type": "file_citation", "file_id": "file_1", "filename": "", "index": 4}],
        }
    ]


def test_attachments(sdk: OpenAI, native: Client) -> None:
    attachments = [
        {"type": "image", "file_id": "file_1"},
        {"file_id": "file_2", "tools": [{"type": "file_search"}, {"type": "other"}, 5]},
        {"url": "https://example.com"},
        {"type": "image", "file_id": 5, "tools": 5},
    ]

    message, entry = shown(sdk, native, content="See:", attachments=attachments)

    assert message["content"] == [
        text("See:"),
        {"type": "image_file", "image_file": {"file_id": "file_1", "detail": "auto"}},
        text('{"url":"https://example.com"}'),
        text('{"type":"image","file_id":5,"tools":5}'),
    ]
    assert message["attachments"] == [{"file_id": "file_2", "tools": [{"type": "file_search"}]}]
    assert [part["type"] for part in entry["content"]] == [
        "input_text", "input_image", "input_file", "input_text", "input_text"
    ]  # fmt: skip


def test_states(sdk: OpenAI, native: Client) -> None:
    for details, told in (
        ({"reason": "max_tokens"}, {"reason": "max_tokens"}),
        ({"why": "?"}, None),
        ({"reason": []}, None),
    ):
        message, entry = shown(
            sdk, native, content="x", role="assistant", status="incomplete", incomplete_details=details
        )

        assert (message["status"], message["incomplete_details"]) == ("incomplete", told)
        assert message["incomplete_at"] == message["created_at"]
        assert entry["status"] == "incomplete"
    assert shown(sdk, native, content="x", status="in_progress")[1]["status"] == "in_progress"


def test_metadata_that_is_not_texts_is_shown_as_json(sdk: OpenAI, native: Client) -> None:
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

    told = {
        "a": "b",
        "n": "5",
        "f": "0.5",
        "t": "true",
        "none": "null",
        "o": '{"x":[1]}',
        **{str(i): "" for i in range(20)},
    }
    assert checked(sdk.beta.threads.retrieve(thread.id)).metadata == told
    assert checked(sdk.conversations.retrieve(thread.id)).metadata == told
    assert checked(sdk.beta.threads.messages.list(thread.id).data[0]).metadata == told


def test_updates_here_leave_what_only_the_native_door_can_write(sdk: OpenAI, native: Client) -> None:
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


def test_tool_resources_of_any_shape(sdk: OpenAI, native: Client) -> None:
    every: list[Any] = [
        {"code_interpreter": 5, "file_search": {"vector_store_ids": [5]}},
        {"code_interpreter": {"file_ids": "x", "more": 1}, "other": {}},
        {"file_search": {"vector_stores": [{}]}},
    ]
    for resources in every:
        thread = native.thread_service.create_thread(meta_data={}, tool_resources=resources)
        checked(sdk.beta.threads.retrieve(thread.id))


def test_messages_of_threads_here_show_natively(sdk: OpenAI, native: Client) -> None:
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


def test_messages_of_conversations_show_at_threads_and_natively(sdk: OpenAI, native: Client) -> None:
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
    told = messages[2]["content"][0]["text"]["value"]
    assert told.startswith("{")
    assert f'"id":"{items[2].id}"' in told
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


def test_one_history_whatever_the_door(sdk: OpenAI, native: Client) -> None:
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


def test_deleting_at_one_door_deletes_at_all(sdk: OpenAI, native: Client) -> None:
    conversation = sdk.conversations.create(items=[{"role": "user", "content": "x"}])

    native.thread_service.delete_thread(conversation.id)

    with pytest.raises(Exception, match="not found"):
        sdk.conversations.retrieve(conversation.id)
