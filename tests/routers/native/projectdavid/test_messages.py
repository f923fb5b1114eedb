"""Each call of the SDK for messages."""

from __future__ import annotations

from typing import Any

import pytest

from threadkeep.tests.routers.native.projectdavid.sdk import ASSISTANT, DEPRECATED, UNKNOWN, contents, refused

pytestmark = DEPRECATED


def test_a_message_is_created_and_retrieved(ada: Any, thread: Any) -> None:
    message = ada.messages.create_message(thread.id, "Hello", ASSISTANT, meta_data={"stars": 5})

    assert (message.object, message.thread_id, message.role) == ("message", thread.id, "user")
    assert (message.content, message.assistant_id, message.meta_data) == ("Hello", ASSISTANT, {"stars": 5})
    assert (message.sender_id, message.completed_at, message.attachments) == (ada.id, None, [])
    assert ada.messages.retrieve_message(message.id) == message
    assert refused(ada.messages.retrieve_message, UNKNOWN) == 404
    assert refused(ada.messages.create_message, UNKNOWN, "Hello", ASSISTANT) == 404


def test_content_may_be_empty_long_or_a_list_of_parts(ada: Any, thread: Any) -> None:
    parts = [
        {"type": "text", "text": "one"},
        {"type": "image_file", "image_file": {"file_id": "file_1"}},
        {"type": "text", "text": "two"},
    ]

    assert ada.messages.create_message(thread.id, "", "").content == ""
    assert len(ada.messages.create_message(thread.id, "ü" * 100_000, ASSISTANT).content) == 100_000
    message = ada.messages.create_message(thread.id, parts, ASSISTANT)
    assert (message.content, message.attachments) == ("one\n\ntwo", [{"type": "image", "file_id": "file_1"}])


@pytest.mark.parametrize("role", ["user", "assistant", "system", "tool", "platform"])
def test_all_roles_are_accepted(ada: Any, thread: Any, role: str) -> None:
    message = ada.messages.create_message(thread.id, "Hello", ASSISTANT, role=role.upper())

    assert message.role == role
    assert (message.completed_at is not None) == (role in {"assistant", "tool"})


def test_a_message_is_updated(ada: Any, thread: Any) -> None:
    message = ada.messages.create_message(thread.id, "Helo", ASSISTANT, meta_data={"a": 1})

    updated = ada.messages.update_message(message.id, content="Hello", status="completed")

    assert (updated.content, updated.status, updated.meta_data) == ("Hello", "completed", {"a": 1})
    assert ada.messages.retrieve_message(message.id) == updated
    assert refused(ada.messages.update_message, UNKNOWN, content="x") == 404


def test_messages_of_one_second_are_listed_in_their_order(ada: Any, thread: Any) -> None:
    texts = [str(number) for number in range(25)]
    for text in texts:
        ada.messages.create_message(thread.id, text, ASSISTANT)

    page = ada.messages.list_messages(thread.id)
    assert (page.object, len(page.data), page.has_more) == ("list", 20, True)
    assert (page.first_id, page.last_id) == (page.data[0].id, page.data[-1].id)
    assert contents(ada, thread, limit=1000) == texts
    assert contents(ada, thread, limit=1000, order="desc") == texts[::-1]
    assert ada.messages.list_messages(thread.id, limit=25).has_more is False


def test_an_empty_thread_is_an_empty_list(ada: Any, thread: Any) -> None:
    page = ada.messages.list_messages(thread.id)

    assert (page.data, page.first_id, page.last_id, page.has_more) == ([], None, None, False)
    assert refused(ada.messages.list_messages, UNKNOWN) == 404
    for limit in (0, -1, 1001):
        assert refused(ada.messages.list_messages, thread.id, limit=limit) == 422


def test_a_message_is_deleted(ada: Any, thread: Any) -> None:
    message = ada.messages.create_message(thread.id, "Hello", ASSISTANT)

    deleted = ada.messages.delete_message(message.id)

    assert (deleted.id, deleted.object, deleted.deleted) == (message.id, "thread.message.deleted", True)
    assert contents(ada, thread) == []
    assert refused(ada.messages.delete_message, message.id) == 404


def test_the_history_is_formatted_for_a_model(ada: Any, thread: Any) -> None:
    calls = [{"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}]
    ada.messages.create_message(thread.id, "Look!", ASSISTANT)
    ada.messages.create_message(
        thread.id,
        '[{"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}]',
        ASSISTANT,
        role="assistant",
    )
    ada.messages.submit_tool_output(thread.id, "42", ASSISTANT, "tool_1", tool_call_id="call_1")
    history = [
        {"role": "user", "content": "Look!"},
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": "call_1", "content": "42"},
    ]

    assert ada.messages.get_messages_without_system_message(thread.id) == history
    formatted = ada.messages.get_formatted_messages(thread.id, system_message="Be kind")
    assert formatted == [{"role": "system", "content": "Be kind"}, *history]


def test_the_system_message_of_a_history_is_replaced_by_the_sdk(ada: Any, thread: Any) -> None:
    ada.messages.create_message(thread.id, "Be rude", ASSISTANT, role="system")

    assert ada.messages.get_formatted_messages(thread.id, "Be kind") == [{"role": "system", "content": "Be kind"}]
    with pytest.raises(ValueError, match=f"Thread not found: {UNKNOWN}"):
        ada.messages.get_formatted_messages(UNKNOWN)


def test_chunks_become_one_message(ada: Any, thread: Any) -> None:
    for number, text in enumerate(("Once ", "upon ", "a time")):
        saved = ada.messages.save_assistant_message_chunk(
            thread.id, "assistant", text, ASSISTANT, "assistant", is_last_chunk=number == 2, meta_data={"stars": 5}
        )
        assert (saved is None) == (number < 2)

    assert saved is not None
    assert (saved.content, saved.meta_data, saved.sender_id) == ("Once upon a time", {"stars": 5}, "assistant")
    assert saved.completed_at is not None
    assert contents(ada, thread) == ["Once upon a time"]


def test_chunks_for_an_unknown_or_foreign_thread_are_refused(ada: Any, bob: Any, thread: Any) -> None:
    for client, thread_id in ((ada, UNKNOWN), (bob, thread.id)):
        for last in (False, True):
            chunk = (thread_id, "assistant", "injected", ASSISTANT, "assistant")
            assert client.messages.save_assistant_message_chunk(*chunk, is_last_chunk=last) is None
    assert contents(ada, thread) == []


def test_the_output_of_a_tool_keeps_all_fields(ada: Any, thread: Any) -> None:
    stored = ada.messages.submit_tool_output(
        thread.id, "42", ASSISTANT, "tool_1", tool_call_id="call_1", sender_id="calculator", meta_data={"a": 1}
    )

    assert stored.items() >= {"role": "tool", "content": "42", "tool_id": "tool_1", "tool_call_id": "call_1"}.items()
    assert (stored["sender_id"], stored["meta_data"]) == ("calculator", {"a": 1})


def test_participants_may_write_and_strangers_may_not(admin: Any, ada: Any, bob: Any, thread: Any) -> None:
    assert refused(bob.messages.create_message, thread.id, "Hello", ASSISTANT) == 403
    message = ada.messages.create_message(thread.id, "Hello", ASSISTANT)
    assert refused(bob.messages.retrieve_message, message.id) == 403
    assert refused(bob.messages.list_messages, thread.id) == 403
    ada.threads.update_thread(thread.id, participant_ids=[bob.id])

    answer = bob.messages.create_message(thread.id, "Hello, Ada", ASSISTANT)

    assert answer.sender_id == bob.id
    assert contents(admin, thread) == ["Hello", "Hello, Ada"]
    assert refused(bob.messages.delete_message, message.id) == 403
    assert ada.messages.delete_message(answer.id).deleted
    ada.threads.update_thread(thread.id, participant_ids=[])
    with pytest.raises(RuntimeError, match="403 Forbidden"):
        bob.messages.get_formatted_messages(thread.id)
