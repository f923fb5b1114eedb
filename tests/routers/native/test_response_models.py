"""Answers are sent without a model. These tests compare each answer with its documented model, byte by byte."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import TypeAdapter

from threadkeep.tests.routers.routes import NATIVE, Entry

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    from threadkeep.tests.routers.callers import Caller, Person

ANY_JSON = {
    "text": 'größe \u2028 \x7f \0 " \\ / 😀',
    "numbers": [0, -1, 2**63 - 1, 0.1, 1e22, 1e-7, 5e-324, -0.0, 100.0],
    "$or": [{"a.b": None}, True, {"": []}],
}
MESSAGE: dict[str, Any] = {
    "role": "assistant",
    "content": [{"type": "text", "text": "Look", "annotations": []}],
    "attachments": [{"file_id": "file_1"}],
    "assistant_id": "asst_1",
    "run_id": "run_1",
    "tool_calls": [{"id": "call_1", "function": {"name": "look"}}],
    "status": "incomplete",
    "incomplete_details": {"reason": "max_tokens"},
    "meta_data": ANY_JSON,
    "client_id": "mine",
}


def change_messages(send: Callable[..., Any], thread: str, thread_id: str) -> None:
    """Call the routes that change several messages at once."""
    turn = {"messages": [MESSAGE, {}], "labels": ["a"], "title": "x", "archived": True, "pinned": True}
    send("POST", f"{thread}/turns", turn, thread_id=thread_id)
    send("PUT", f"{thread}/messages", {"after_seq": 1, "messages": [{}, {}]}, thread_id=thread_id)
    send("POST", f"{thread}/messages/pop", thread_id=thread_id)
    send("DELETE", f"{thread}/messages?after_seq=0", thread_id=thread_id)


def manage_keys(send: Callable[..., Any]) -> None:
    """Call the routes of keys that only admins have."""
    prefix = send("POST", "/v1/admin/keys", {"scope": "service"})["details"]["prefix"]
    send("GET", "/v1/admin/keys")
    for method in ("GET", "DELETE"):
        send(method, "/v1/admin/keys/{prefix}", prefix=prefix)


def import_a_file(send: Callable[..., Any]) -> None:
    """Call the routes of imports. The file has no known format."""
    import_id = send("POST", "/v1/imports", {"title": "a file"})["id"]
    send("GET", "/v1/imports")
    for method in ("GET", "DELETE"):
        send(method, "/v1/imports/{import_id}", import_id=import_id)


def read_and_change_users(send: Callable[..., Any], admin: Caller, ada: Person) -> None:
    """Call the routes of users and of their keys."""
    user = "/v1/users/{user_id}"
    new = {"full_name": "Größe", "email": f"{ada.id}@example.org", "email_verified": True, "external_id": "Größe/1"}
    send(admin, "POST", "/v1/users", new)
    send(admin, "PUT", "/v1/external-ids/users/{external_id}", {}, external_id="Gr%C3%B6%C3%9Fe%2F1")
    send(admin, "GET", "/v1/external-ids/users/{external_id}", external_id="Gr%C3%B6%C3%9Fe%2F1")
    send(admin, "GET", "/v1/users")
    send(ada, "PUT", user, {"picture_url": "https://example.org/a.png"}, user_id=ada.id)
    send(ada, "GET", user, user_id=ada.id)
    for keys in (f"{user}/apikeys", "/v1/admin/users/{user_id}/keys"):
        prefix = send(admin, "POST", keys, {"key_name": "k", "expires_in_days": 1}, user_id=ada.id)["details"]["prefix"]
        send(admin, "GET", keys, user_id=ada.id)
    send(ada, "GET", f"{user}/apikeys/{{prefix}}", user_id=ada.id, prefix=prefix)
    send(ada, "DELETE", f"{user}/apikeys/{{prefix}}", user_id=ada.id, prefix=prefix)
    manage_keys(partial(send, admin))


def write_and_read_messages(send: Callable[..., Any], thread: str, thread_id: str) -> None:
    """Call the routes that append, read, change and delete single messages."""
    first = send("POST", f"{thread}/messages", MESSAGE, thread_id=thread_id)["id"]
    second = send("POST", "/v1/messages", {"thread_id": thread_id, "content": "Hello"})["id"]
    send("POST", "/v1/messages/tools", {"thread_id": thread_id, "content": "42", "tool_call_id": "call_1"})
    send("POST", "/v1/messages/assistant", {"thread_id": thread_id, "content": "Once"})
    send("DELETE", f"{thread}/chunks", thread_id=thread_id)
    for path, message_id in (("/v1/messages/{message_id}", first), (thread + "/messages/{message_id}", second)):
        send("PUT", path, {"meta_data": ANY_JSON}, message_id=message_id, thread_id=thread_id)
        send("GET", path, message_id=message_id, thread_id=thread_id)
    send("GET", f"{thread}/messages", thread_id=thread_id)
    send("GET", f"{thread}/formatted_messages", thread_id=thread_id)
    send("POST", f"{thread}/summaries", {"text": "Hello", "upto_seq": 2}, thread_id=thread_id)
    send("GET", f"{thread}/context?max_tokens=1000", thread_id=thread_id)
    for path, message_id in (("/v1/messages/{message_id}", first), (thread + "/messages/{message_id}", second)):
        send("DELETE", path, message_id=message_id, thread_id=thread_id)


@pytest.fixture
def answers(admin: Caller, ada: Person, bob: Person) -> dict[str, httpx2.Response]:
    """One answer of each native route, with as many fields set as possible."""
    admin.acquaint(ada, bob)
    fields = {"meta_data": ANY_JSON, "tool_resources": ANY_JSON, "participant_ids": [bob.id]}
    found: dict[str, httpx2.Response] = {}

    def send(caller: Caller, method: str, pattern: str, body: object = None, **values: str) -> Any:
        response = caller.send(method, pattern.format(**values), json=body)
        found[f"{method} {pattern.partition('?')[0]}"] = response
        return response.json() if response.content else None

    user, thread = "/v1/users/{user_id}", "/v1/threads/{thread_id}"
    read_and_change_users(send, admin, ada)

    thread_id = send(ada, "POST", "/v1/threads", {**fields, "external_id": "chat"})["id"]
    send(ada, "PUT", "/v1/external-ids/threads/{external_id}", {}, external_id="chat")
    send(ada, "GET", "/v1/external-ids/threads/{external_id}", external_id="chat")
    for method in ("PUT", "POST"):
        send(ada, method, thread, fields, thread_id=thread_id)
    change_messages(partial(send, ada), thread, thread_id)
    send(ada, "PUT", f"{thread}/metadata", ANY_JSON, thread_id=thread_id)
    write_and_read_messages(partial(send, ada), thread, thread_id)
    for path in (thread, "/v1/threads", "/v1/threads/user/{user_id}", "/v1/threads/user/{user_id}/records"):
        send(ada, "GET", path, thread_id=thread_id, user_id=ada.id)
    send(ada, "GET", f"{user}/threads", user_id=ada.id)
    send(ada, "DELETE", f"{thread}/participants/{{user_id}}", thread_id=thread_id, user_id=bob.id)
    send(ada, "DELETE", thread, thread_id=thread_id)
    import_a_file(partial(send, ada))
    send(admin, "DELETE", user, user_id=ada.id)
    send(admin, "GET", "/v1/admin/audit")
    for entry in NATIVE:
        if entry.path.startswith(("/healthz", "/readyz", "/v1/analytics/")):
            response = admin.get(entry.path, **({"key": "topic"} if entry.path.endswith("/metadata") else {}))
            found[str(entry)] = response
    return found


def test_every_answer_equals_the_output_of_its_model(answers: dict[str, httpx2.Response]) -> None:
    assert answers.keys() == {str(entry) for entry in NATIVE}
    for entry in NATIVE:
        response = answers[str(entry)]
        assert response.status_code == (entry.route.status_code or 200), (entry, response.text)
        documented = as_documented(entry, response.content)
        if entry.path.startswith("/v1/analytics/"):  # rows of analytics have their own order of keys
            assert response.json() == json.loads(documented), entry
        else:
            assert response.content == documented, entry


def as_documented(entry: Entry, content: bytes) -> bytes:
    """Return the same data as the model of the route serializes it."""
    if entry.route.response_model is None:
        return b""
    model: TypeAdapter[Any] = TypeAdapter(entry.route.response_model)
    return model.dump_json(model.validate_json(content, strict=True), exclude_unset=True)


def test_answers_of_chunks_and_batches_equal_the_output_of_their_model(ada: Person, thread: dict[str, Any]) -> None:
    entries = {str(entry): entry for entry in NATIVE}
    chunk = ada.post("/v1/messages/assistant", {"thread_id": thread["id"], "content": "x", "is_last_chunk": False})
    batch = ada.post(f"/v1/threads/{thread['id']}/messages", {"messages": [MESSAGE, {"content": "two"}]})

    assert chunk.content == as_documented(entries["POST /v1/messages/assistant"], chunk.content) == b"null"
    assert batch.content == as_documented(entries["POST /v1/threads/{thread_id}/messages"], batch.content)


def test_the_first_keys_of_a_thread_are_those_of_the_original_service(thread: dict[str, Any]) -> None:
    assert list(thread)[:5] == ["id", "created_at", "meta_data", "object", "tool_resources"]
