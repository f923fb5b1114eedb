"""Items of OpenAI's Responses and Conversations APIs in the stored form. Other programs keep such items too."""

from __future__ import annotations

from typing import Any

from ....history import ITEM_KINDS
from ..conversations import SourceMessage, call, is_parts, output, reasoning

_ROLES = frozenset({"user", "assistant", "system", "developer", "tool", "critic", "discriminator"})


def is_item(value: Any) -> bool:
    """Whether the value is an item: it has one of the types, and the fields of that type."""
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        return False
    if value["type"] == "message":
        return "role" in value and "content" in value
    if value["type"] not in ITEM_KINDS:
        return False
    return any(name in value for name in ("call_id", "summary", "action", "arguments", "output", "status", "id"))


def message_of_item(item: dict[str, Any], name: str = "") -> SourceMessage:
    """The item in the stored form. Its id is `name`, or its own."""
    message_id = name or str(item.get("id") or "")
    kind = item.get("type") or "message"
    if kind == "message":
        message = _message(message_id, item)
    elif kind == "function_call":
        call_id = str(item.get("call_id") or message_id)
        message = call(message_id, call_id, str(item.get("name")), item.get("arguments"))
        message.item = {**item, **(message.item or {})}
    elif kind == "function_call_output":
        message = output(message_id, str(item.get("call_id") or ""), _content(item.get("output")))
        rest = {name: value for name, value in item.items() if name != "output"}
        message.item = {**rest, **(message.item or {})}
    elif kind == "reasoning" and any(isinstance(item.get(name), str) for name in ("summary", "content")):
        message = reasoning(message_id, _texts(item.get("summary")), _texts(item.get("content")))
        message.item = {**item, **(message.item or {})}
    else:
        role = ITEM_KINDS[kind].role if kind in ITEM_KINDS else "unknown"
        message = SourceMessage(message_id, role, type=str(kind)[:64], item=item)
    if isinstance(message.item, dict):
        message.item = {key: value for key, value in message.item.items() if value is not None}
    if kind == "message" and item.get("status") in ("in_progress", "completed", "incomplete"):
        message.status = item["status"]
    return message


def _message(message_id: str, item: dict[str, Any]) -> SourceMessage:
    role = str(item.get("role") or "unknown")
    content = item.get("content")
    message = SourceMessage(message_id, role if role in _ROLES else "unknown", _content(content))
    if item.get("phase"):
        message.item = {"phase": item["phase"]}
    return message


def _content(content: Any) -> Any:
    """The text, or the parts if they are more than one plain text."""
    if not isinstance(content, list):
        return "" if content is None else content
    parts = [{"type": "text", "text": part} if isinstance(part, str) else part for part in content]
    if len(parts) == 1 and is_parts(parts) and "text" in parts[0] and not parts[0].get("annotations"):
        return parts[0]["text"]
    return parts


def _texts(parts: Any) -> list[str]:
    if isinstance(parts, str):
        return [parts]
    return [str(part["text"]) for part in parts or () if isinstance(part, dict) and part.get("text")]
