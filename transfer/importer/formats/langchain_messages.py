"""LangChain's messages in the stored form."""

from __future__ import annotations

from typing import Any

from ..conversations import SourceMessage, call, output
from .blocks import Blocks

_ROLES = {
    "human": "user",
    "ai": "assistant",
    "system": "system",
    "tool": "tool",
    "function": "tool",
    "developer": "developer",
}
_CHAT_ROLES = {"user": "user", "assistant": "assistant", "system": "system"}


def is_message(value: Any) -> bool:
    """Whether the value is a message: its `type`, and its fields in `data`."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("type"), str)
        and isinstance(value.get("data"), dict)
        and "content" in value["data"]
    )


class LangChainMessages:
    """Turns the messages of one conversation, in order."""

    def __init__(self) -> None:
        self._blocks = Blocks("langchain")

    def of(self, value: dict[str, Any]) -> list[SourceMessage]:
        """The messages that one message becomes: its words, then each of its calls."""
        data = value["data"]
        role = _role(value["type"], data)
        content = data.get("content")
        if role == "tool":
            said = content if isinstance(content, (str, list)) else str(content)
            name = data.get("name") if isinstance(data.get("name"), str) else None
            return [output("", str(data.get("tool_call_id") or name or ""), said, tool_id=name)]
        calls = [one for one in data.get("tool_calls") or _openai_calls(data) if isinstance(one, dict)]
        blocks = content if isinstance(content, list) else [content] if isinstance(content, str) else []
        ids = {one.get("id") for one in calls}
        found = [
            row
            for row in self._blocks.of("", role, blocks)
            if not (row.type == "function_call" and _call_id(row) in ids)
        ]
        found += [_call(one, index) for index, one in enumerate(calls)]
        if not found:
            found = [SourceMessage("", role, "")]
        for row in found[:1]:
            row.meta_data = {name: data[name] for name in ("name",) if isinstance(data.get(name), str)}
        return found


def _role(kind: str, data: dict[str, Any]) -> str:
    kind = kind.lower().removesuffix("chunk").removesuffix("message")
    if kind == "chat":
        return _CHAT_ROLES.get(str(data.get("role")).lower(), "unknown")
    return _ROLES.get(kind, "unknown")


def _openai_calls(data: dict[str, Any]) -> list[Any]:
    """The calls as OpenAI words them, which older versions keep beside the content."""
    more = data.get("additional_kwargs")
    found = more.get("tool_calls") if isinstance(more, dict) else None
    return found if isinstance(found, list) else []


def _call(value: dict[str, Any], index: int) -> SourceMessage:
    inner = value.get("function")
    function = inner if isinstance(inner, dict) else value
    call_id = str(value.get("id") or f"call_{index}")
    return call("", call_id, str(function.get("name") or "unknown"), function.get("args", function.get("arguments")))


def _call_id(row: SourceMessage) -> Any:
    return (row.item or {}).get("call_id")
