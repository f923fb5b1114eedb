"""The kinds of items that are not messages: for each the request model, the id prefix, the role and the text."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

from .....services import split_content
from . import calls, outputs
from . import hosted_calls as hosted
from . import machine_calls as machine


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of item."""

    schema: Any
    """The request model."""
    prefix: str
    """The prefix of the ids of this kind."""
    text: Callable[[dict[str, Any]], str | None]
    """Gives the text that is stored in `content`, where analysts read it."""
    role: str = "assistant"
    defaults: dict[str, Any] = field(default_factory=dict)
    """The values of fields that a request may omit and an answer must have."""


def _call_text(item: dict[str, Any]) -> str:
    return f"{item['name']}({item['arguments']})"


def _output_text(item: dict[str, Any]) -> str:
    return split_content(item["output"])[0]


def _lines(texts: Iterable[str | None]) -> str:
    return "\n".join(filter(None, texts))


def _search_text(item: dict[str, Any]) -> str:
    action = item["action"]
    return _lines(action.get("queries") or (action.get("query"), action.get("pattern"), action.get("url")))


def _reasoning_text(item: dict[str, Any]) -> str:
    return _lines(part["text"] for part in (*item["summary"], *(item.get("content") or ())))


def _patch_text(item: dict[str, Any]) -> str:
    operation = item["operation"]
    return _lines((f"{operation['type']} {operation['path']}", operation.get("diff")))


def _shell_text(item: dict[str, Any]) -> str:
    return _lines(text for output in item["output"] for text in (output["stdout"], output["stderr"]))


def _tool_names(item: dict[str, Any]) -> str:
    return _lines(str(tool.get("name") or tool.get("type")) for tool in item["tools"])


def _no_text(_: dict[str, Any]) -> str:
    return ""


_COMPLETED = {"status": "completed"}

KINDS: dict[str, Kind] = {
    "function_call": Kind(calls.FunctionCall, "fc", _call_text, defaults=_COMPLETED),
    "function_call_output": Kind(outputs.FunctionCallOutput, "fco", _output_text, "tool", _COMPLETED),
    "custom_tool_call": Kind(calls.CustomToolCall, "ctc", lambda item: f"{item['name']}({item['input']})"),
    "custom_tool_call_output": Kind(outputs.CustomToolCallOutput, "ctco", _output_text, "tool"),
    "reasoning": Kind(outputs.Reasoning, "rs", _reasoning_text),
    "file_search_call": Kind(hosted.FileSearchCall, "fs", lambda item: _lines(item["queries"]), defaults=_COMPLETED),
    "web_search_call": Kind(hosted.WebSearchCall, "ws", _search_text, defaults=_COMPLETED),
    "computer_call": Kind(machine.ComputerCall, "cu", _no_text, defaults={"pending_safety_checks": [], **_COMPLETED}),
    "computer_call_output": Kind(outputs.ComputerCallOutput, "cuo", _no_text, "tool", _COMPLETED),
    "code_interpreter_call": Kind(hosted.CodeInterpreterCall, "ci", lambda item: item.get("code"), defaults=_COMPLETED),
    "image_generation_call": Kind(
        hosted.ImageGenerationCall, "ig", lambda item: item.get("revised_prompt"), defaults=_COMPLETED
    ),
    "mcp_call": Kind(calls.McpCall, "mcp", lambda item: _lines((_call_text(item), item.get("output")))),
    "mcp_list_tools": Kind(outputs.McpListTools, "mcpl", _tool_names, "tool"),
    "mcp_approval_request": Kind(calls.McpApprovalRequest, "mcpr", _call_text),
    "mcp_approval_response": Kind(outputs.McpApprovalResponse, "mcpa", lambda item: item.get("reason"), "user"),
    "local_shell_call": Kind(
        machine.LocalShellCall, "lsh", lambda item: shlex.join(item["action"]["command"]), defaults=_COMPLETED
    ),
    "local_shell_call_output": Kind(outputs.LocalShellCallOutput, "lsho", _output_text, "tool"),
    "shell_call": Kind(machine.ShellCall, "sh", lambda item: _lines(item["action"]["commands"]), defaults=_COMPLETED),
    "shell_call_output": Kind(outputs.ShellCallOutput, "sho", _shell_text, "tool", _COMPLETED),
    "apply_patch_call": Kind(machine.ApplyPatchCall, "apc", _patch_text, defaults=_COMPLETED),
    "apply_patch_call_output": Kind(
        outputs.ApplyPatchCallOutput, "apco", lambda item: item.get("output"), "tool", _COMPLETED
    ),
    "tool_search_call": Kind(
        calls.ToolSearchCall,
        "tsc",
        lambda item: orjson.dumps(item["arguments"]).decode(),
        defaults={"execution": "server", **_COMPLETED},
    ),
    "tool_search_output": Kind(
        outputs.ToolSearchOutput, "tso", _tool_names, "tool", {"execution": "server", **_COMPLETED}
    ),
    "additional_tools": Kind(outputs.AdditionalTools, "adt", _tool_names, "developer"),
    "configuration_update": Kind(outputs.ConfigurationUpdate, "cfg", _no_text, "developer"),
    "compaction": Kind(outputs.Compaction, "cmp", _no_text),
    "program": Kind(calls.Program, "prg", lambda item: item["code"]),
    "program_output": Kind(outputs.ProgramOutput, "prgo", lambda item: item["result"], "tool", _COMPLETED),
}
