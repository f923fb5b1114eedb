"""Canaries: unique texts, stored in every field for text, through both APIs."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    import httpx2


class Canaries:
    """Makes unique texts, and finds them in data by their names."""

    def __init__(self) -> None:
        self._mark = f"canary{secrets.token_hex(6)}"
        self._planted: set[str] = set()

    def __call__(self, name: str) -> str:
        """Return the text with this name."""
        self._planted.add(name)
        return f"{self._mark}-{name}-end"

    def planted(self, *prefixes: str) -> set[str]:
        """Return the names of all texts so far that start with one of these prefixes."""
        return {name for name in self._planted if name.startswith(prefixes)}

    def found_in(self, data: str | bytes) -> set[str]:
        """Return the names of the texts in the data."""
        data = data.encode() if isinstance(data, str) else data
        return {name for name in self._planted if f"{self._mark}-{name}-end".encode() in data}

    def message(self, name: str, **fields: Any) -> dict[str, Any]:
        """Return a message for the native API with a canary in each field for text."""

        def text(field: str) -> str:
            return self(f"{name}.{field}")

        function = {"name": text("tool_call_name"), "arguments": text("arguments")}
        return {
            "role": "assistant",
            "content": [
                {"type": "text", "text": text("text")},
                {"type": "input_image", "image_url": text("image"), "detail": text("detail")},
            ],
            "attachments": [{"file_id": text("file"), "tools": [{"type": text("file_tool")}]}],
            "assistant_id": text("assistant"),
            "run_id": text("run"),
            "tool_id": text("tool"),
            "tool_call_id": text("tool_call"),
            "tool_calls": [{"id": text("tool_call_id"), "type": "function", "function": function}],
            "status": "incomplete",
            "incomplete_details": {"reason": text("reason")},
            "meta_data": {text("key"): text("value")},
            "client_id": text("client_id"),
            **fields,
        }


class Writer:
    """Sends writes, each with an idempotency key, and remembers them to send them again."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http
        self._sent: list[tuple[str, str, Any, dict[str, str]]] = []

    async def send(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """Send a write that must succeed, optionally with this API key, and return its answer."""
        headers = {"idempotency-key": secrets.token_hex(8)}
        headers |= {} if key is None else {"authorization": f"Bearer {key}"}
        self._sent.append((method, path, body, headers))
        response = await self._http.request(method, path, json=body, headers=headers)
        assert response.is_success, (path, response.text)
        return response.json() if response.content else None

    async def repeated(self) -> Iterable[str]:
        """Send all writes again, and return the answers."""
        answers = []
        for method, path, body, headers in self._sent:
            response = await self._http.request(method, path, json=body, headers=headers)
            assert response.status_code < 500, (path, response.text)
            answers.append(f"{response.text} {response.headers}")
        return answers


async def write_user(writer: Writer, canaries: Canaries) -> tuple[str, str]:
    """Create a user with a key. Returns the id and the key."""

    def text(field: str) -> str:
        return canaries(f"user.{field}")

    fields = (
        "full_name",
        "given_name",
        "family_name",
        "picture_url",
        "oauth_provider",
        "provider_user_id",
        "external_id",
    )
    body = {field: text(field) for field in fields} | {"email": f"{text('email')}@example.org"}
    user = (await writer.send("POST", "/v1/users", body))["id"]
    await writer.send(
        "PUT",
        f"/v1/users/{user}",
        {"given_name": text("given_name_changed"), "external_id": text("external_id_changed")},
    )
    made = await writer.send("POST", f"/v1/users/{user}/apikeys", {"key_name": text("key_name")})
    return user, made["plain_key"]


async def write_native_thread(writer: Writer, canaries: Canaries, owner: str, others: list[str]) -> tuple[str, str]:
    """Create and change a thread with messages of each kind. Returns its id and the id of one message."""

    def text(field: str) -> str:
        return canaries(f"thread.{field}")

    first = canaries.message("thread.first")
    body: dict[str, Any] = {
        "participant_ids": [owner, *others],
        "owner_id": owner,
        "external_id": text("external_id"),
        "meta_data": {text("key"): text("value")},
    }
    body |= {"tool_resources": {text("resource"): [text("vector_store")]}, "messages": [first]}
    thread = (await writer.send("POST", "/v1/threads", body))["id"]
    await writer.send("PUT", f"/v1/threads/{thread}", {"meta_data": {text("key_changed"): text("value_changed")}})
    path = f"/v1/threads/{thread}/messages"
    changed = (await writer.send("POST", path, canaries.message("replaced")))["id"]
    await writer.send("PUT", f"/v1/messages/{changed}", {"content": text("changed"), "meta_data": {"a": 1}})
    batch = [canaries.message("thread.batch_0"), {"content": text("said"), "sender_id": owner}]
    await writer.send("POST", path, {"messages": batch})
    output = canaries.message("thread.output") | {"thread_id": thread}
    del output["role"]
    await writer.send("POST", "/v1/messages/tools", output)
    for number, is_last in enumerate([False, True, False]):
        chunk = {"thread_id": thread, "content": text(f"chunk_{number}"), "is_last_chunk": is_last}
        await writer.send("POST", "/v1/messages/assistant", chunk)
    message = (await writer.send("POST", path, canaries.message("message")))["id"]
    return thread, message


async def write_openai(writer: Writer, canaries: Canaries, key: str) -> tuple[str, str]:
    """Create a thread and a conversation of the user of this key. Returns their ids."""

    def text(field: str) -> str:
        return canaries(f"openai.{field}")

    message = {"role": "user", "content": text("content"), "metadata": {text("message_key"): text("message_value")}}
    body = {"messages": [message], "metadata": {text("key"): text("value")}}
    thread = (await writer.send("POST", "/openai/v1/threads", body, key=key))["id"]
    changes = {"metadata": {text("key"): text("value_changed")}}
    await writer.send("POST", f"/openai/v1/threads/{thread}", changes, key=key)
    parts = [{"type": "text", "text": text("part")}]
    await writer.send("POST", f"/openai/v1/threads/{thread}/messages", {"role": "user", "content": parts}, key=key)
    call = {"type": "function_call", "call_id": text("call"), "name": text("name"), "arguments": text("arguments")}
    output = {"type": "function_call_output", "call_id": text("call"), "output": text("output")}
    items = [{"type": "message", "role": "user", "content": text("item")}, call]
    new = {"items": items, "metadata": {text("conversation_key"): text("conversation_value")}}
    conversation = (await writer.send("POST", "/openai/v1/conversations", new, key=key))["id"]
    await writer.send("POST", f"/openai/v1/conversations/{conversation}/items", {"items": [output]}, key=key)
    return thread, conversation
