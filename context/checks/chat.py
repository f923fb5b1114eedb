"""The rules of chat completions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..images import CHAT_IMAGES, broken_image_rules
from .rules import is_id, is_name, kind_of, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LONGEST_ID = 40
_PARTS = {
    "system": {"text"},
    "developer": {"text"},
    "tool": {"text"},
    "assistant": {"text", "refusal"},
    "user": {"text", "image_url", "input_audio", "file"},
}


def check_chat(messages: Sequence[Any]) -> list[str]:
    """Return a sentence for each rule of OpenAI's chat completions that these `messages` break.

    The sources are the reference of `POST /v1/chat/completions` and the refusals of the API. One refusal is "An assistant
    message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'".
    """
    found = [] if messages else ["messages: at least one is needed"]  # refusal: "[] is too short - 'messages'"
    waiting: list[Any] = []
    for index, message in enumerate(messages):
        if not isinstance(message, dict):
            found.append(f"{index}: a message is an object")
            continue
        # Refusal: "An assistant message with 'tool_calls' must be followed by tool messages responding to each".
        if waiting and message.get("role") != "tool":
            found.append(f"{index}: calls whose outputs do not follow")
            waiting = []
        found += [f"{index}: {rule}" for rule in _message(message, waiting)]
    found += broken_image_rules(messages, CHAT_IMAGES)
    return [*found, "the last calls have no outputs"] if waiting else found


def _message(message: dict[str, Any], waiting: list[Any]) -> Iterator[str]:
    role, content, calls = message.get("role"), message.get("content"), message.get("tool_calls")
    if not isinstance(role, str) or role not in _PARTS:  # reference: one of five kinds of messages
        yield f"the role {role!r} is unknown"
        return
    # Reference: `content` is required unless an assistant's message has `tool_calls`.
    if content is not None or role != "assistant" or not calls:
        yield from _content(role, content)
    if "tool_calls" in message:
        yield from _calls(role, calls, waiting)
    if role == "tool":
        # Refusal: "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'".
        if message.get("tool_call_id") in waiting:
            waiting.remove(message.get("tool_call_id"))
        else:
            yield "an output that does not follow its call"


def _content(role: str, content: Any) -> Iterator[str]:
    if isinstance(content, str):
        return
    if not isinstance(content, list) or not content:  # refusal: "expected a string or array of objects"; "empty array"
        yield f"the content {content!r} is no text and no list of parts"
        return
    for part in content:
        kind = kind_of(part)
        if kind not in _PARTS[role]:  # refusal: "Image URLs are only allowed for messages with role 'user'"
            yield f"a message of role {role} has a part of type {kind!r}"
        elif not _is_part(kind, part):  # reference: the fields of each part
            yield f"a part of type {kind!r} lacks a field"


def _is_part(kind: str, part: dict[str, Any]) -> bool:
    if kind in ("text", "refusal"):
        return texts(part, kind)
    if kind == "image_url":
        return texts(part["image_url"], "url") if "image_url" in part else False
    if kind == "input_audio":
        return texts(part.get("input_audio"), "data", "format")
    file = part.get("file")
    return texts(file, "file_id") or texts(file, "file_data")


def _calls(role: str, calls: Any, waiting: list[Any]) -> Iterator[str]:
    if role != "assistant" or not isinstance(calls, list) or not calls:  # refusal: "[] is too short - 'tool_calls'"
        yield "tool_calls are a list of an assistant that is not empty"
        return
    for call in calls:
        kind = kind_of(call)
        inner: Any = call.get(kind) if kind in ("function", "custom") else None
        if not texts(inner, "name", "arguments" if kind == "function" else "input"):  # reference: the fields of calls
            yield f"a call of type {kind!r} lacks a field"
            continue
        if not is_id(call.get("id"), _LONGEST_ID):  # refusal: "Expected a string with maximum length 40"
            yield f"the id of a call has 1 to {_LONGEST_ID} characters"
        if call.get("id") in waiting:  # each output names one call
            yield "two calls of a message have one id"
        if not is_name(inner.get("name")):  # refusal: "does not match pattern '^[a-zA-Z0-9_-]+$'"
            yield "the name of a call has 1 to 64 letters, digits, _ and -"
        waiting.append(call.get("id"))
