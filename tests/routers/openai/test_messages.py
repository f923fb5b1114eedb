from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openai import BadRequestError, NotFoundError

from threadkeep.tests.routers.openai.sdk_validation import checked

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI


def text(value: str) -> dict[str, Any]:
    return {"type": "text", "text": {"value": value, "annotations": []}}


@pytest.mark.parametrize("role", ["user", "assistant"])
def test_a_message_is_created_and_retrieved(sdk: OpenAI, role: Any) -> None:
    thread = sdk.beta.threads.create()

    message = checked(sdk.beta.threads.messages.create(thread.id, role=role, content="Hello", metadata={"a": "b"}))

    assert message.id.startswith("msg_")
    sent = message.to_dict()
    assert sent.pop("completed_at") in (None, sent["created_at"])
    assert sent | {"id": "", "created_at": 0} == {
        "id": "",
        "object": "thread.message",
        "created_at": 0,
        "thread_id": thread.id,
        "status": "completed",
        "incomplete_details": None,
        "incomplete_at": None,
        "role": role,
        "content": [text("Hello")],
        "assistant_id": None,
        "run_id": None,
        "attachments": [],
        "metadata": {"a": "b"},
    }
    assert checked(sdk.beta.threads.messages.retrieve(message.id, thread_id=thread.id)) == message


async def test_the_asynchronous_client_creates_updates_and_deletes_messages(async_sdk: AsyncOpenAI) -> None:
    thread = await async_sdk.beta.threads.create()
    messages = async_sdk.beta.threads.messages

    message = checked(await messages.create(thread.id, role="user", content="Hello"))

    assert checked(await messages.retrieve(message.id, thread_id=thread.id)) == message
    updated = checked(await messages.update(message.id, thread_id=thread.id, metadata={"a": "b"}))
    assert (updated.metadata, updated.content) == ({"a": "b"}, message.content)
    assert checked(await messages.delete(message.id, thread_id=thread.id)).deleted


def test_parts_are_returned_in_the_format_of_answers(sdk: OpenAI) -> None:
    thread = sdk.beta.threads.create()

    message = checked(
        sdk.beta.threads.messages.create(
            thread.id,
            role="user",
            content=[
                {"type": "text", "text": "Look:"},
                {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
                {"type": "image_url", "image_url": {"url": "https://example.com/b.png", "detail": "low"}},
                {"type": "image_file", "image_file": {"file_id": "file_1", "detail": "high"}},
                {"type": "text", "text": ""},
            ],
        )
    )

    assert message.to_dict()["content"] == [
        text("Look:"),
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "auto"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/b.png", "detail": "low"}},
        {"type": "image_file", "image_file": {"file_id": "file_1", "detail": "high"}},
        text(""),
    ]


def test_text_is_returned_as_one_part(sdk: OpenAI) -> None:
    thread = sdk.beta.threads.create()

    for content in ("hi", [{"type": "text", "text": "hi"}]):
        message = sdk.beta.threads.messages.create(thread.id, role="user", content=content)  # type: ignore[arg-type]
        assert checked(message).to_dict()["content"] == [text("hi")]


@pytest.mark.parametrize("value", ["", "\0", "ü 🧵 漢字 \u202e", "{}", "[1]", '[{"function": {}}]', "a\r\nb\n"])
def test_text_is_returned_unchanged(sdk: OpenAI, value: str) -> None:
    thread = sdk.beta.threads.create()

    message = sdk.beta.threads.messages.create(thread.id, role="assistant", content=value)

    assert checked(message).content[0].text.value == value
    [item] = sdk.conversations.items.list(thread.id).data
    assert item.content[0].text == value  # type: ignore[union-attr,index]


def test_a_mebibyte_of_text_is_stored(sdk: OpenAI) -> None:
    thread = sdk.beta.threads.create()
    value = "ab🧵" * (1024 * 1024 // 6)

    message = sdk.beta.threads.messages.create(thread.id, role="user", content=value)

    assert sdk.beta.threads.messages.retrieve(message.id, thread_id=thread.id).content[0].text.value == value  # type: ignore[union-attr]


def test_attachments_are_stored(sdk: OpenAI) -> None:
    thread = sdk.beta.threads.create()
    attachments: list[Any] = [
        {"file_id": "file_1", "tools": [{"type": "code_interpreter"}, {"type": "file_search"}]},
        {"file_id": "file_2", "tools": []},
    ]

    message = checked(
        sdk.beta.threads.messages.create(thread.id, role="user", content="See file", attachments=attachments)
    )

    assert message.to_dict()["attachments"] == attachments
    assert (
        checked(sdk.beta.threads.messages.create(thread.id, role="user", content="x", attachments=None)).attachments
        == []
    )


def test_an_update_merges_metadata_and_changes_nothing_else(sdk: OpenAI) -> None:
    thread = sdk.beta.threads.create()
    message = sdk.beta.threads.messages.create(thread.id, role="user", content="x", metadata={"a": "1", "b": "2"})

    empty_values: list[Any] = [None, {}]
    for empty in empty_values:
        assert sdk.beta.threads.messages.update(message.id, thread_id=thread.id, metadata=empty) == message
    updated = checked(sdk.beta.threads.messages.update(message.id, thread_id=thread.id, metadata={"b": "3"}))

    assert updated.metadata == {"a": "1", "b": "3"}
    assert updated.to_dict() | {"metadata": None} == message.to_dict() | {"metadata": None}
    with pytest.raises(BadRequestError) as refused:
        sdk.beta.threads.messages.update(message.id, thread_id=thread.id, extra_body={"content": "y"})
    assert (refused.value.code, refused.value.param) == ("unknown_parameter", "content")


def test_a_message_is_not_found_in_another_thread(sdk: OpenAI) -> None:
    thread, other = sdk.beta.threads.create(), sdk.beta.threads.create()
    message = sdk.beta.threads.messages.create(thread.id, role="user", content="x")

    for call in (
        lambda: sdk.beta.threads.messages.retrieve(message.id, thread_id=other.id),
        lambda: sdk.beta.threads.messages.update(message.id, thread_id=other.id, metadata={"a": "b"}),
        lambda: sdk.beta.threads.messages.delete(message.id, thread_id=other.id),
        lambda: sdk.conversations.items.retrieve(message.id, conversation_id=other.id),
        lambda: sdk.conversations.items.delete(message.id, conversation_id=other.id),
    ):
        with pytest.raises(NotFoundError, match=message.id):
            call()

    assert sdk.beta.threads.messages.retrieve(message.id, thread_id=thread.id) == message


def test_a_deleted_message_is_not_found(sdk: OpenAI) -> None:
    thread = sdk.beta.threads.create()
    message = sdk.beta.threads.messages.create(thread.id, role="user", content="x")

    deleted = checked(sdk.beta.threads.messages.delete(message.id, thread_id=thread.id))

    assert (deleted.id, deleted.object) == (message.id, "thread.message.deleted")
    assert not sdk.beta.threads.messages.list(thread.id).data
    with pytest.raises(NotFoundError, match="No message found with id"):
        sdk.beta.threads.messages.delete(message.id, thread_id=thread.id)
