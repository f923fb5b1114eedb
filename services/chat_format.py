"""Formats a history as the `messages` of a chat completions call.

A reader never fails on what is stored: the inside of parts, calls and items may have any form (decision 46).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..stored_json import as_json

if TYPE_CHECKING:
    from collections.abc import Iterable

_TEXT_TYPES = frozenset({"text", "input_text", "output_text"})


def formatted_history(records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries in the format of chat completions, in order. Adjacent tool calls become one message.

    Items that the format cannot express are left out: reasoning, and calls of tools that the host of the model runs itself.
    """
    history: list[dict[str, Any]] = []
    after_call = False
    for record in records:
        if record["type"] == "message":
            history.append(formatted(record))
            after_call = False
        elif record["type"] in _CALLS:
            call = _CALLS[record["type"]](record.get("item") or {})
            if after_call:
                history[-1]["tool_calls"].append(call)
            else:
                history.append({"role": "assistant", "content": None, "tool_calls": [call]})
            after_call = True
        elif record["type"] in _OUTPUTS:
            call_id = (record.get("item") or {}).get("call_id")
            history.append({"role": "tool", "tool_call_id": call_id, "content": record["content"]})
            after_call = False
    return history


def formatted(record: dict[str, Any]) -> dict[str, Any]:
    """One message in the format. A tool's answer names its call. If an assistant has tool calls, its content is None."""
    role, content = record["role"], record["content"]
    if isinstance(content, list):
        content = [_part(part) for part in content]
    if role == "tool":
        return {"role": role, "tool_call_id": record["tool_call_id"], "content": content}
    if role == "assistant" and record.get("tool_calls"):
        return {"role": role, "content": None, "tool_calls": record["tool_calls"]}
    return {"role": role, "content": content}


def _part(part: dict[str, Any]) -> dict[str, Any]:
    """A part of any API in the format of chat completions. A part that the format does not know is returned unchanged."""
    kind, text = part.get("type"), part.get("text")
    if not isinstance(kind, str):
        return {"type": "text", "text": as_json(part).decode()}
    if kind in _TEXT_TYPES:
        if isinstance(text, dict):
            text = text.get("value", "")
        return {"type": "text", "text": text if isinstance(text, str) else as_json(part).decode()}
    if kind == "input_image" and part.get("image_url"):
        return {"type": "image_url", "image_url": {"url": part["image_url"], "detail": part.get("detail") or "auto"}}
    if kind == "input_file":
        names = ("file_id", "file_data", "filename")
        return {"type": "file", "file": {name: part[name] for name in names if part.get(name)}}
    return part


def _function_call(item: dict[str, Any]) -> dict[str, Any]:
    function = {"name": item.get("name"), "arguments": item.get("arguments")}
    return {"id": item.get("call_id"), "type": "function", "function": function}


def _custom_call(item: dict[str, Any]) -> dict[str, Any]:
    custom = {"name": item.get("name"), "input": item.get("input")}
    return {"id": item.get("call_id"), "type": "custom", "custom": custom}


_CALLS = {"function_call": _function_call, "custom_tool_call": _custom_call}
_OUTPUTS = frozenset({"function_call_output", "custom_tool_call_output"})
