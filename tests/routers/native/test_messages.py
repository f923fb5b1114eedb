from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.routers.callers import answered, problems

if TYPE_CHECKING:
    from threadkeep.tests.routers.callers import Caller, Person

EMPTY_FIELDS = {
    "assistant_id": None,
    "run_id": None,
    "tool_id": None,
    "tool_call_id": None,
    "status": None,
    "incomplete_details": None,
    "incomplete_at": None,
    "completed_at": None,
    "incomplete_at_ms": None,
    "completed_at_ms": None,
}


def test_a_message_of_a_user_has_the_user_as_sender_and_no_completion_time(ada: Person, thread: dict[str, Any]) -> None:
    message = answered(ada.post("/v1/messages", {"thread_id": thread["id"], "content": "Why?"}))

    made = {key: message[key] for key in ("id", "created_at", "updated_at", "created_at_ms", "updated_at_ms")}
    assert message == made | EMPTY_FIELDS | {
        "object": "message",
        "thread_id": thread["id"],
        "seq": 1,
        "type": "message",
        "role": "user",
        "content": "Why?",
        "attachments": [],
        "sender_id": ada.id,
        "meta_data": {},
        "revision": 1,
    }
    assert message["id"].startswith("message_")
    assert message["created_at"] == message["updated_at"] >= thread["created_at"]


@pytest.mark.parametrize("role", ["assistant", "tool"])
def test_a_message_of_an_assistant_or_tool_is_complete_and_has_its_role_as_sender(
    ada: Person, thread: dict[str, Any], role: str
) -> None:
    message = ada.new_message(thread["id"], role=role)

    assert (message["sender_id"], message["completed_at"]) == (role, message["created_at"])


@pytest.mark.parametrize("role", ["system", "platform"])
def test_messages_of_other_roles_have_no_sender(ada: Person, thread: dict[str, Any], role: str) -> None:
    message = ada.new_message(thread["id"], role=role)

    assert (message["sender_id"], message["completed_at"]) == (None, None)


def test_the_default_sender_of_a_user_message_by_an_admin_is_the_only_participant(
    admin: Caller, ada: Person, bob: Person, thread: dict[str, Any]
) -> None:
    common = admin.new_thread(participant_ids=[bob.id, ada.id])

    assert admin.new_message(thread["id"])["sender_id"] == ada.id
    assert admin.new_message(common["id"])["sender_id"] is None
    assert admin.new_message(common["id"], sender_id=bob.id)["sender_id"] == bob.id


def test_every_field_is_returned_unchanged(ada: Person, thread: dict[str, Any]) -> None:
    body = {
        "role": "assistant",
        "content": [{"type": "text", "text": "Look:"}, {"type": "image_file", "image_file": {"file_id": "file_1"}}],
        "attachments": [{"type": "image", "file_id": "file_1"}],
        "assistant_id": "asst_1",
        "run_id": "run_1",
        "tool_id": "tool_1",
        "tool_call_id": "call_1",
        "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}],
        "status": "incomplete",
        "incomplete_details": {"reason": "max_tokens"},
        "meta_data": {"stars": 5, "a.b": {"$set": [1, 2.5, None, True]}, "": "größe"},
        "client_id": "mine",
    }

    message = answered(ada.post(f"/v1/threads/{thread['id']}/messages", body))

    assert message.items() >= body.items()
    assert (message["incomplete_at"], message["completed_at"]) == (message["created_at"], None)
    assert answered(ada.get(f"/v1/messages/{message['id']}")) == message
    assert answered(ada.get(f"/v1/threads/{thread['id']}/messages/{message['id']}")) == message


def test_the_role_may_be_upper_case(ada: Person, thread: dict[str, Any]) -> None:
    assert ada.new_message(thread["id"], role="ASSISTANT")["role"] == "assistant"


def test_is_last_chunk_is_ignored_for_a_complete_message(ada: Person, thread: dict[str, Any]) -> None:
    body = {"thread_id": thread["id"], "content": "Whole", "is_last_chunk": False}

    assert answered(ada.post("/v1/messages", body))["content"] == "Whole"


def test_the_output_of_a_tool_always_has_the_role_tool(ada: Person, thread: dict[str, Any]) -> None:
    body = {
        "thread_id": thread["id"],
        "role": "user",
        "content": "42",
        "tool_id": "tool_1",
        "tool_call_id": "call_1",
        "sender_id": "calculator",
        "attachments": [{"file_id": "file_1"}],
    }

    message = answered(ada.post("/v1/messages/tools", body))

    assert message.items() >= (body | {"role": "tool"}).items()
    assert message["completed_at"] == message["created_at"]


def test_routes_of_the_original_service_read_tool_calls_out_of_the_text_of_an_assistant(
    ada: Person, thread: dict[str, Any]
) -> None:
    text = '[{"id": "call_1", "function": {"name": "look"}}]'
    body = {"thread_id": thread["id"], "content": text, "role": "assistant"}

    for path in ("/v1/messages", "/v1/messages/assistant"):
        message = answered(ada.post(path, body))
        assert message["content"] == text
        assert message["tool_calls"] == [{"id": "call_1", "function": {"name": "look"}}]
    assert "tool_calls" not in ada.new_message(thread["id"], text, role="assistant")


@pytest.mark.parametrize(
    "text", ['[{"function": "f(x)=x^2"}]', '[{"function": {"name": 5}}]', '[{"function": null}]', "[]"]
)
def test_other_json_of_an_assistant_stays_text(ada: Person, thread: dict[str, Any], text: str) -> None:
    message = answered(ada.post("/v1/messages", {"thread_id": thread["id"], "content": text, "role": "assistant"}))

    assert "tool_calls" not in message


def test_the_history_is_formatted_for_a_model(ada: Person, thread: dict[str, Any]) -> None:
    calls = [{"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}]
    ada.new_message(thread["id"], "Be kind", role="system")
    ada.new_message(thread["id"], "Why?")
    ada.new_message(thread["id"], "", role="assistant", tool_calls=calls)
    ada.new_message(thread["id"], "42", role="tool", tool_call_id="call_1")

    assert ada.get(f"/v1/threads/{thread['id']}/formatted_messages").json() == [
        {"role": "system", "content": "Be kind"},
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": "call_1", "content": "42"},
    ]


@pytest.mark.parametrize("path", ["/v1/messages/{message}", "/v1/threads/{thread}/messages/{message}"])
def test_an_updated_message_keeps_its_number(ada: Person, thread: dict[str, Any], path: str) -> None:
    message = ada.new_message(thread["id"], "Befor", meta_data={"a": 1})
    ada.new_message(thread["id"])
    url = path.format(thread=thread["id"], message=message["id"])

    after = answered(ada.put(url, {"content": "Before", "meta_data": {"b": 2}}))

    times = {name: after[name] for name in ("updated_at", "updated_at_ms")}
    expected = {"content": "Before", "meta_data": {"b": 2}, "revision": 2, **times}
    assert after == message | expected
    assert answered(ada.get(url)) == after
    assert [entry["seq"] for entry in answered(ada.get(f"/v1/threads/{thread['id']}/messages"))["data"]] == [1, 2]


@pytest.mark.parametrize("path", ["/v1/messages/{message}", "/v1/threads/{thread}/messages/{message}"])
def test_the_number_of_a_deleted_message_is_not_reused(ada: Person, thread: dict[str, Any], path: str) -> None:
    first, second = ada.new_messages(thread["id"], "one", "two")
    url = path.format(thread=thread["id"], message=second["id"])

    response = ada.delete(url)

    assert response.json() == {"id": second["id"], "object": "thread.message.deleted", "deleted": True}
    assert (ada.get(url).status_code, ada.get(url).json()["error"]) == (404, "MessageNotFound")
    assert ada.delete(url).json() == {
        "error": "MessageNotFound",
        "detail": f"Message {second['id']!r} does not exist.",
        "message_id": second["id"],
    }
    assert ada.new_message(thread["id"])["seq"] == 3
    after = answered(ada.get(f"/v1/threads/{thread['id']}"))
    assert (after["message_count"], after["last_seq"]) == (2, 3)
    assert first["seq"] == 1


def test_a_message_is_not_found_in_another_thread(ada: Person, thread: dict[str, Any]) -> None:
    message = ada.new_message(ada.new_thread()["id"])
    url = f"/v1/threads/{thread['id']}/messages/{message['id']}"

    for response in (ada.get(url), ada.put(url, {"content": "x"}), ada.delete(url)):
        assert (response.status_code, response.json()["error"]) == (404, "MessageNotFound")
    assert answered(ada.get(f"/v1/messages/{message['id']}")) == message


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"content": None}, "body.content"),
        ({"content": 7}, "body.content"),
        ({"content": ["text"]}, "body.content"),
        ({"role": "wizard"}, "body.role"),
        ({"type": "function_call", "role": "assistant"}, "body.item"),
        ({"role": None}, "body.role"),
        ({"status": "done"}, "body.status"),
        ({"attachments": None}, "body.attachments"),
        ({"attachments": ["file_1"]}, "body.attachments.0"),
        ({"tool_calls": [[]]}, "body.tool_calls.0"),
        ({"meta_data": None}, "body.meta_data"),
        ({"sender_id": "x" * 1025}, "body.sender_id"),
        ({"client_id": ""}, "body.client_id"),
        ({"seq": 1}, "body.seq"),
        ({"id": "message_1"}, "body.id"),
        ({"created_at": 0}, "body.created_at"),
    ],
)
@pytest.mark.parametrize(
    "path", ["/v1/messages", "/v1/messages/tools", "/v1/messages/assistant", "/v1/threads/{}/messages"]
)
def test_an_invalid_field_is_named(
    shared_ada: Person, shared_thread: dict[str, Any], path: str, body: Any, field: str
) -> None:
    thread_field = {} if "{}" in path else {"thread_id": shared_thread["id"]}

    response = shared_ada.post(path.format(shared_thread["id"]), thread_field | body)

    assert (response.status_code, response.json()["error"]) == (422, "InvalidInput")
    assert field in problems(response)
    assert {name.removeprefix(field).strip(".") for name in problems(response)} <= {"", "str", "list[dict[str,any]]"}


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/tools", "/v1/messages/assistant"])
def test_a_message_for_a_missing_or_unknown_thread_is_refused(ada: Person, path: str) -> None:
    missing, unknown = ada.post(path, {}), ada.post(path, {"thread_id": "thread_gone"})

    assert (missing.status_code, problems(missing)) == (422, {"body.thread_id": "missing"})
    assert (unknown.status_code, unknown.json()["thread_id"]) == (404, "thread_gone")


@pytest.mark.parametrize("field", ["thread_id", "client_id", "id", "seq", "sender_id", "type", "created_at"])
def test_the_identity_of_a_message_cannot_be_changed(ada: Person, thread: dict[str, Any], field: str) -> None:
    message = ada.new_message(thread["id"])

    response = ada.put(f"/v1/messages/{message['id']}", {field: "other"})

    assert (response.status_code, problems(response)) == (422, {f"body.{field}": "extra_forbidden"})


def test_a_message_may_be_empty_or_any_text(ada: Person, thread: dict[str, Any]) -> None:
    texts = ["", "\0", "\u2028\x7f\ufeff", "\U0010ffff", "a\r\n\tb", "\\u0000", "\"'`", "x" * 100_000]

    messages = ada.new_messages(thread["id"], *texts)

    assert [message["content"] for message in messages] == texts
    page = answered(ada.get(f"/v1/threads/{thread['id']}/messages"))
    assert [message["content"] for message in page["data"]] == texts
