"""Makes conversations in the formats of import files."""

from __future__ import annotations

from typing import Any


def native_message(number: int, **changes: Any) -> dict[str, Any]:
    """A message of a user in the format of the native API, one second later than message `number - 1`."""
    return {
        "id": f"message_{number:022d}",
        "object": "message",
        "role": "user",
        "content": f"number {number}",
        "sender_id": "user_ada",
        "created_at": 1_700_000_000 + number,
        "completed_at": None,
    } | changes


def native_conversation(name: str, length: int = 3, **changes: Any) -> dict[str, Any]:
    """A thread and its messages in the format of the native API. Their ids contain `name`."""
    messages = [native_message(number, id=f"message_{name}_{number}") for number in range(1, length + 1)]
    return {"thread": {"id": f"thread_{name}", "object": "thread"} | changes, "messages": messages}


def openai_message(number: int, *parts: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A message of the Assistants API. Without `parts`, its content is one plain text."""
    text = {"type": "text", "text": {"value": f"number {number}", "annotations": []}}
    return {
        "id": f"msg_{number:024d}",
        "object": "thread.message",
        "created_at": 1_700_000_000 + number,
        "thread_id": "thread_abc",
        "status": "completed",
        "incomplete_details": None,
        "completed_at": None,
        "incomplete_at": None,
        "role": "user",
        "content": [*parts] or [text],
        "assistant_id": None,
        "run_id": None,
        "attachments": [],
        "metadata": {},
    } | changes
