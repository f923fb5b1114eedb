"""Tool calls in the form of chat completions, in which `tool_calls` holds them: `{id, type, function: {name, arguments}}`."""

from __future__ import annotations

from typing import Any

import orjson

from ..json_elements import has_at_most
from ..stored_json import as_json
from .kinds import ITEM_KINDS

Call = dict[str, Any]
_MOST_ELEMENTS = 20_000
"""The most keys and values of calls that are read out of a text. A message may have no more."""


def call_of_item(kind: str, item: dict[str, Any]) -> Call | None:
    """The entry of `tool_calls` for an item, or None if the item is no call that can be read.

    A hosted call has the name of its kind and no arguments: they are in the item.
    """
    found = ITEM_KINDS.get(kind)
    if found is None or found.family != "call":
        return None
    names = ("id", "call_id") if found.hosted else ("call_id", "id")
    call_id = next((item[name] for name in names if isinstance(item.get(name), str)), None)
    name = item.get("name")
    if kind in ("function_call", "custom_tool_call") and not (isinstance(name, str) and call_id):
        return None
    if kind == "function_call":
        return {
            "id": call_id,
            "type": "function",
            "function": {"name": name, "arguments": _text(item.get("arguments"))},
        }
    if kind == "custom_tool_call":
        return {"id": call_id, "type": "custom", "custom": {"name": name, "input": _text(item.get("input"), "")}}
    function: dict[str, Any] = {"name": kind.removesuffix("_call")}
    if kind == "mcp_call":
        if not isinstance(name, str):
            return None
        function = {"name": name, "arguments": _text(item.get("arguments"))}
    return {**({"id": call_id} if call_id else {}), "type": kind, "function": function}


def item_of_call(call: Call) -> tuple[str, dict[str, Any]] | None:
    """The kind and the item of a call in the form of chat completions, or None if the call cannot be read."""
    found = chat_call(call)
    if found is None:
        return None
    if found["type"] == "custom":
        names = {"name": found["custom"]["name"], "input": found["custom"]["input"]}
        return "custom_tool_call", {"call_id": found["id"], **names}
    function = found["function"]
    return "function_call", {"call_id": found["id"], "name": function["name"], "arguments": function["arguments"]}


def chat_call(call: Any) -> Call | None:
    """The call as chat completions accepts it, or None if it has no id or no name. Other fields are kept."""
    if not isinstance(call, dict) or not isinstance(call.get("id"), str) or not call["id"]:
        return None
    function, custom = call.get("function"), call.get("custom")
    if isinstance(function, dict) and isinstance(function.get("name"), str):
        arguments = {"arguments": _text(function.get("arguments"))}
        return {**call, "type": "function", "function": {**function, **arguments}}
    if isinstance(custom, dict) and isinstance(custom.get("name"), str):
        return {**call, "type": "custom", "custom": {**custom, "input": _text(custom.get("input"), "")}}
    return None


def text_calls(role: str, text: str) -> list[Call] | None:
    """The tool calls that clients of the original service send as a JSON list in the text of an assistant, or None.

    Each entry must have `function`, an object with a string `name`. Any other JSON is an ordinary answer.
    """
    if role != "assistant" or not text.startswith("["):
        return None
    calls = _parsed(text)
    return calls if isinstance(calls, list) and calls and all(map(_names_function, calls)) else None


def repeats_calls(text: str, calls: Any) -> bool:
    """Whether a text is the JSON of these calls. Clients of the original service send calls in both places."""
    return text.startswith("[") and bool(calls) and _parsed(text) == calls


def _names_function(call: Any) -> bool:
    function = call.get("function") if isinstance(call, dict) else None
    return isinstance(function, dict) and isinstance(function.get("name"), str)


def _parsed(text: str) -> Any:
    if not has_at_most(text, _MOST_ELEMENTS):
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _text(value: Any, default: str = "{}") -> str:
    """The arguments as a text. Some clients send them as an object."""
    if value is None:
        return default
    return value if isinstance(value, str) else as_json(value).decode()
