"""The kinds of items that OpenAI's APIs have: what each is in a conversation, and its text.

Another program may have stored items of any form, so the functions here accept every value.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ..stored_json import as_json
from .parts import split_content

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Item = dict[str, Any]
Family = Literal["call", "output", "reasoning", "other"]


@dataclass(frozen=True, slots=True)
class ItemKind:
    """One kind of item."""

    prefix: str
    """The prefix of the ids of this kind."""
    text: Callable[[Item], str]
    """Gives the text that is stored in `content`, where analysts read it."""
    family: Family = "other"
    role: str = "assistant"
    hosted: bool = False
    """Whether the call holds its own result: the host of the model runs the tool, and no output item follows."""


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _field(name: str) -> Callable[[Item], str]:
    return lambda item: _string(item.get(name))


def _lines(texts: Iterable[Any]) -> str:
    return "\n".join(filter(None, map(_string, texts)))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: Any) -> list[Item]:
    return [member for member in _list(value) if isinstance(member, dict)]


def _object(value: Any) -> Item:
    return value if isinstance(value, dict) else {}


def _call_text(item: Item) -> str:
    return f"{_string(item.get('name'))}({_string(item.get('arguments'))})"


def _custom_text(item: Item) -> str:
    return f"{_string(item.get('name'))}({_string(item.get('input'))})"


def _output_text(item: Item) -> str:
    output = item.get("output")
    if isinstance(output, str):
        return output
    return split_content(_objects(output))[0]


def _search_text(item: Item) -> str:
    action = _object(item.get("action"))
    return _lines(_list(action.get("queries")) or (action.get("query"), action.get("pattern"), action.get("url")))


def _reasoning_text(item: Item) -> str:
    return _lines(part.get("text") for part in (*_objects(item.get("summary")), *_objects(item.get("content"))))


def _patch_text(item: Item) -> str:
    operation = _object(item.get("operation"))
    return _lines((f"{_string(operation.get('type'))} {_string(operation.get('path'))}", operation.get("diff")))


def _shell_text(item: Item) -> str:
    return _lines(
        text for output in _objects(item.get("output")) for text in (output.get("stdout"), output.get("stderr"))
    )


def _command_text(item: Item) -> str:
    command = _list(_object(item.get("action")).get("command"))
    return shlex.join(map(_string, command))


def _tool_names(item: Item) -> str:
    return _lines(str(tool.get("name") or tool.get("type")) for tool in _objects(item.get("tools")))


def _no_text(_: Item) -> str:
    return ""


def _hosted(prefix: str, text: Callable[[Item], str]) -> ItemKind:
    return ItemKind(prefix, text, "call", hosted=True)


def _output(prefix: str, text: Callable[[Item], str] = _output_text) -> ItemKind:
    return ItemKind(prefix, text, "output", "tool")


ITEM_KINDS: dict[str, ItemKind] = {
    "function_call": ItemKind("fc", _call_text, "call"),
    "function_call_output": _output("fco"),
    "custom_tool_call": ItemKind("ctc", _custom_text, "call"),
    "custom_tool_call_output": _output("ctco"),
    "reasoning": ItemKind("rs", _reasoning_text, "reasoning"),
    "file_search_call": _hosted("fs", lambda item: _lines(_list(item.get("queries")))),
    "web_search_call": _hosted("ws", _search_text),
    "computer_call": ItemKind("cu", _no_text, "call"),
    "computer_call_output": _output("cuo", _no_text),
    "code_interpreter_call": _hosted("ci", _field("code")),
    "image_generation_call": _hosted("ig", _field("revised_prompt")),
    "mcp_call": _hosted("mcp", lambda item: _lines((_call_text(item), item.get("output")))),
    "mcp_list_tools": ItemKind("mcpl", _tool_names, role="tool"),
    "mcp_approval_request": ItemKind("mcpr", _call_text),
    "mcp_approval_response": ItemKind("mcpa", _field("reason"), role="user"),
    "local_shell_call": ItemKind("lsh", _command_text, "call"),
    "local_shell_call_output": _output("lsho"),
    "shell_call": ItemKind("sh", lambda item: _lines(_list(_object(item.get("action")).get("commands"))), "call"),
    "shell_call_output": _output("sho", _shell_text),
    "apply_patch_call": ItemKind("apc", _patch_text, "call"),
    "apply_patch_call_output": _output("apco", _field("output")),
    "tool_search_call": _hosted("tsc", lambda item: as_json(item.get("arguments")).decode()),
    "tool_search_output": ItemKind("tso", _tool_names, role="tool"),
    "additional_tools": ItemKind("adt", _tool_names, role="developer"),
    "configuration_update": ItemKind("cfg", _no_text, role="developer"),
    "compaction": ItemKind("cmp", _no_text),
    "program": ItemKind("prg", _field("code"), "call"),
    "program_output": _output("prgo", _field("result")),
}
CALL_KINDS = tuple(name for name, kind in ITEM_KINDS.items() if kind.family == "call")
TEXT_OUTPUTS = frozenset({"function_call_output", "custom_tool_call_output"})
"""Outputs that may be a text or parts. They are stored in `content` and `parts`, and not in `item`."""
