"""The views of native messages in the OpenAI API: each case of decision 0020."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.routers.openai.sdk_validation import checked, checked_item

if TYPE_CHECKING:
    from openai import OpenAI

    from threadkeep.client import Client

CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Paris"}'}}
CALL_TEXT = '[{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\\"city\\": \\"Paris\\"}"}}]'


def text(value: str) -> dict[str, Any]:
    return {"type": "text", "text": {"value": value, "annotations": []}}


def views_of(sdk: OpenAI, native: Client, **message: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Create a message in the native API. Return its view as a message of a thread and as an item of a conversation."""
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
def test_roles_have_a_role_in_both_views(
    sdk: OpenAI, native: Client, role: str, in_threads: str, in_conversations: str
) -> None:
    message, entry = views_of(sdk, native, content="Hello", role=role)

    part: dict[str, Any] = {"type": "input_text", "text": "Hello"}
    if role in ("assistant", "tool"):
        part = {"type": "output_text", "text": "Hello", "annotations": []}
    assert (message["role"], message["content"]) == (in_threads, [text("Hello")])
    assert without_id(entry) == item(in_conversations, part)


def test_the_output_of_a_tool_is_shown_in_both_views(sdk: OpenAI, native: Client) -> None:
    message, entry = views_of(sdk, native, content="Sunny", role="tool", tool_call_id="call_1")

    assert (message["role"], message["content"]) == ("assistant", [text("Sunny")])
    assert without_id(entry) == {
        "type": "function_call_output",
        "status": "completed",
        "call_id": "call_1",
        "output": "Sunny",
    }


@pytest.mark.parametrize("content", [None, CALL_TEXT], ids=["calls", "text"])
def test_one_tool_call_is_shown_as_a_function_call(sdk: OpenAI, native: Client, content: str | None) -> None:
    message, entry = views_of(sdk, native, role="assistant", content=content, tool_calls=[CALL])

    assert message["content"] == [text(CALL_TEXT)]
    assert without_id(entry) == {
        "type": "function_call",
        "status": "completed",
        "call_id": "call_1",
        "name": "weather",
        "arguments": '{"city": "Paris"}',
    }


def items_of(sdk: OpenAI, native: Client, **message: Any) -> tuple[str, list[dict[str, Any]]]:
    """Create a message in the native API. Return its id and its items."""
    thread = native.thread_service.create_thread(meta_data={})
    made = native.message_service.create_message(thread.id, **message)
    items = [checked_item(item).to_dict() for item in sdk.conversations.items.list(thread.id, order="asc")]
    for shown in items:
        found = sdk.conversations.items.retrieve(shown["id"], conversation_id=thread.id)
        assert found.to_dict() == shown
    return made.id, items


def test_words_and_calls_are_several_items(sdk: OpenAI, native: Client) -> None:
    second = CALL | {"id": "call_2"}

    message_id, items = items_of(sdk, native, content="Let me see.", role="assistant", tool_calls=[CALL, second])

    words = {"type": "output_text", "text": "Let me see.", "annotations": []}
    shown = {"type": "function_call", "status": "completed", "name": "weather", "arguments": '{"city": "Paris"}'}
    assert items == [
        {"id": message_id, **item("assistant", words)},
        {"id": f"{message_id}~call_1", "call_id": "call_1", **shown},
        {"id": f"{message_id}~call_2", "call_id": "call_2", **shown},
    ]


def test_calls_are_text_in_a_thread(sdk: OpenAI, native: Client) -> None:
    thread = native.thread_service.create_thread(meta_data={})
    native.message_service.create_message(thread.id, "Let me see.", "assistant", tool_calls=[CALL, CALL])

    [message] = sdk.beta.threads.messages.list(thread.id).data

    both = f"{CALL_TEXT[:-1]},{CALL_TEXT[1:]}"
    assert checked(message).to_dict()["content"] == [text("Let me see."), text(both)]


def test_calls_with_one_id_have_different_ids_as_items(sdk: OpenAI, native: Client) -> None:
    message_id, items = items_of(sdk, native, content="", role="assistant", tool_calls=[CALL, CALL])

    assert [shown["id"] for shown in items] == [f"{message_id}~0", f"{message_id}~1"]
    assert [shown["call_id"] for shown in items] == ["call_1", "call_1"]


def test_parts_of_chat_completions_are_shown_in_both_views(sdk: OpenAI, native: Client) -> None:
    content = [
        {"type": "text", "text": "Look:"},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}},
        {"type": "input_audio", "input_audio": {"data": "…"}},
        {"anything": ["else"]},
    ]

    message, entry = views_of(sdk, native, content=content)

    other_parts = ['{"type":"input_audio","input_audio":{"data":"…"}}', '{"anything":["else"]}']
    assert message["content"] == [text("Look:"), content[1], *map(text, other_parts)]
    assert entry["content"] == [
        {"type": "input_text", "text": "Look:"},
        {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "low"},
        *({"type": "input_text", "text": value} for value in other_parts),
    ]


MALFORMED_PARTS: list[dict[str, Any]] = [
    {"type": "text", "text": {"value": "x", "annotations": [5, {"type": []}, {"type": "file_citation"}]}},
    {"type": "image_url", "image_url": "https://example.com"},
    {"type": "image_url", "image_url": {"url": 5, "detail": []}},
    {"type": "image_file", "image_file": {"file_id": "f", "detail": {}}},
    {"type": "input_image", "detail": 7},
    {"type": "input_image", "file_id": "f", "detail": "original"},
    {"type": "output_text", "text": "x", "annotations": [{"type": "x"}]},
    {"type": "input_file", "file_id": 5},
]


@pytest.mark.slow
def test_malformed_parts_are_shown(sdk: OpenAI, native: Client) -> None:
    for part in MALFORMED_PARTS:
        message, entry = views_of(sdk, native, content=[part])

        assert len(message["content"]) == len(entry["content"]) == 1
        views_of(sdk, native, content=[part], role="tool", tool_call_id="call_1")


def test_citations_are_shown_in_both_views(sdk: OpenAI, native: Client) -> None:
    citation = {
        "type": "file_citation",
        "text": "[0]",
        "start_index": 1,
        "end_index": 4,
        "file_citation": {"file_id": "file_1"},
    }
    content = [{"type": "text", "text": {"value": "x[0]", "annotations": [citation]}}]

    message, entry = views_of(sdk, native, content=content, role="assistant")

    assert message["content"] == content
    assert entry["content"] == [
        {
            "type": "output_text",
            "text": "x[0]",
            "annotations": [{"type": "file_citation", "file_id": "file_1", "filename": "", "index": 4}],
        }
    ]


def test_attachments_are_shown_in_both_views(sdk: OpenAI, native: Client) -> None:
    attachments = [
        {"type": "image", "file_id": "file_1"},
        {"file_id": "file_2", "tools": [{"type": "file_search"}, {"type": "other"}, 5]},
        {"url": "https://example.com"},
        {"type": "image", "file_id": 5, "tools": 5},
    ]

    message, entry = views_of(sdk, native, content="See:", attachments=attachments)

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


def test_the_status_is_shown_in_both_views(sdk: OpenAI, native: Client) -> None:
    for details, expected in (
        ({"reason": "max_tokens"}, {"reason": "max_tokens"}),
        ({"why": "?"}, None),
        ({"reason": []}, None),
    ):
        message, entry = views_of(
            sdk, native, content="x", role="assistant", status="incomplete", incomplete_details=details
        )

        assert (message["status"], message["incomplete_details"]) == ("incomplete", expected)
        assert message["incomplete_at"] == message["created_at"]
        assert entry["status"] == "incomplete"
    assert views_of(sdk, native, content="x", status="in_progress")[1]["status"] == "in_progress"


def test_a_summary_is_a_message_that_says_which_messages_it_covers(sdk: OpenAI, native: Client) -> None:
    thread = native.thread_service.create_thread(meta_data={}, messages=[{"content": "Hello"}])
    summary = native.message_service.add_summary(thread.id, "They said hello.", upto_seq=1)

    of_thread = checked(sdk.beta.threads.messages.retrieve(summary.id, thread_id=thread.id)).to_dict()
    of_conversation = checked_item(sdk.conversations.items.retrieve(summary.id, conversation_id=thread.id)).to_dict()

    said = "[Summary of messages 1 to 1]\nThey said hello."
    assert (of_thread["role"], of_thread["content"]) == ("assistant", [text(said)])
    assert (of_conversation["role"], of_conversation["content"]) == (
        "unknown",
        [{"type": "output_text", "text": said, "annotations": []}],
    )
