"""Builds items: calls, outputs, reasoning, and bookkeeping of other programs.

Their texts, calls and ids in the stored form follow from the item, as for items that an API stores (`docs/history.md`).
"""

from __future__ import annotations

from typing import Any

from ....stored_json import as_json
from .conversation import SourceMessage
from .inner_json import parsed
from .names import client_id_of

_PARTS = frozenset({"input_text", "input_image", "input_file", "output_text", "text", "image_url"})


def json_text(value: Any) -> str:
    """The value as JSON; a text that is the JSON of an object as it is."""
    if isinstance(value, str):
        return value if _is_object(value) else as_json({"input": value}).decode()
    return as_json({} if value is None else value).decode()


def _is_object(text: str) -> bool:
    if not text.lstrip().startswith("{"):
        return False
    try:
        return isinstance(parsed(text), dict)
    except ValueError:
        return False


def call(message_id: str, call_id: str, name: str, arguments: Any, **more: Any) -> SourceMessage:
    """The call of a tool: one message for each call. `arguments` are JSON, or any value that becomes JSON."""
    item = {"type": "function_call", "call_id": call_id, "name": name, "arguments": json_text(arguments)}
    return SourceMessage(message_id, "assistant", type="function_call", item=item, **more)


def output(message_id: str, call_id: str, content: Any, **more: Any) -> SourceMessage:
    """The output of a call: a text, or parts. Any other value becomes JSON."""
    if not isinstance(content, str) and not is_parts(content):
        content = "" if content is None else as_json(content).decode()
    item = {"type": "function_call_output", "call_id": call_id}
    return SourceMessage(
        message_id, "tool", content, type="function_call_output", item=item, tool_call_id=call_id, **more
    )


def reasoning(message_id: str, summaries: list[str], texts: list[str] | None = None, **more: Any) -> SourceMessage:
    """The reasoning of a model: its summaries, or its whole text."""
    item: dict[str, Any] = {
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": one} for one in summaries],
    }
    if texts:
        item["content"] = [{"type": "reasoning_text", "text": one} for one in texts]
    return SourceMessage(message_id, "assistant", type="reasoning", item=item, **more)


def bookkeeping(message_id: str, kind: str, item: dict[str, Any], content: str = "", **more: Any) -> SourceMessage:
    """Something that a program keeps beside its messages, such as `chatgpt.reasoning_recap`. No model gets it."""
    return SourceMessage(message_id, "unknown", content, type=kind, item=item, **more)


def is_parts(value: Any) -> bool:
    """Whether the value is a list of parts of OpenAI's form."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(part, dict) and isinstance(part.get("type"), str) for part in value)
        and all(part["type"] in _PARTS for part in value)
    )


def numbered(message_id: str, messages: list[SourceMessage]) -> list[SourceMessage]:
    """Give the messages that one source message became its id: `id`, `id/1`, `id/2` … and one `run_id`, if they are several."""
    if not message_id:
        return messages
    message_id = client_id_of(message_id)
    for index, message in enumerate(messages):
        message.id = f"{message_id}/{index}" if index else message_id
        if len(messages) > 1:
            message.run_id = message.run_id or message_id
    return messages
