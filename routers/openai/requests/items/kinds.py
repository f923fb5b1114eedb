"""The kinds of items that are not messages: how each is named, who it is from, and what it says in words."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

from .....services.appends.rows import split_content
from . import calls, outputs
from . import hosted_calls as hosted
from . import machine_calls as machine


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of item."""

    shape: Any
    prefix: str
    """What ids of this kind begin with."""
    text: Callable[[dict[str, Any]], str | None]
    """What analysts read in `content`."""
    role: str = "assistant"
    filled: dict[str, Any] = field(default_factory=dict)
    """What an answer must have and a request may leave out."""


def _call(item: dict[str, Any]) -> str:
    return f"{item['name']}({item['arguments']})"


def _output(item: dict[str, Any]) -> str:
    return split_content(item["output"])[0]


def _lines(texts: Iterable[str | None]) -> str:
    return "\n".join(filter(None, texts))


def _searched(item: dict[str, Any]) -> str:
    action = item["action"]
    return _lines(action.get("queries") or (action.get("query"), action.get("pattern"), action.get("url")))


def _thought(item: dict[str, Any]) -> str:
    return _lines(part["text"] for part in (*item["summary"], *(item.get("content") or ())))


def _patched(item: dict[str, Any]) -> str:
    operation = item["operation"]
    return _lines((f"{operation['type']} {operation['path']}", operation.get("diff")))


def _printed(item: dict[str, Any]) -> str:
    return _lines(text for output in item["output"] for text in (output["stdout"], output["stderr"]))


def _tools(item: dict[str, Any]) -> str:
    return _lines(str(tool.get("name") or tool.get("type")) for tool in item["tools"])


def _nothing(_: dict[str, Any]) -> str:
    return ""


_DONE = {"status": "completed"}

KINDS: dict[str, Kind] = {
    "function_call": Kind(calls.FunctionCall, "fc", _call, filled=_DONE),
    "function_call_output": Kind(outputs.FunctionCallOutput, "fco", _output, "tool", _DONE),
    "custom_tool_call": Kind(calls.CustomToolCall, "ctc", lambda item: f"{item['name']}({item['input']})"),
    "custom_tool_call_output": Kind(outputs.CustomToolCallOutput, "ctco", _output, "tool"),
    "reasoning": Kind(outputs.Reasoning, "rs", _thought),
    "file_search_call": Kind(hosted.FileSearchCall, "fs", lambda item: _lines(item["queries"]), filled=_DONE),
    "web_search_call": Kind(hosted.WebSearchCall, "ws", _searched, filled=_DONE),
    "computer_call": Kind(machine.ComputerCall, "cu", _nothing, filled={"pending_safety_checks": [], **_DONE}),
    "computer_call_output": Kind(outputs.ComputerCallOutput, "cuo", _nothing, "tool", _DONE),
    "code_interpreter_call": Kind(hosted.CodeInterpreterCall, "ci", lambda item: item.get("code"), filled=_DONE),
    "image_generation_call": Kind(
        hosted.ImageGenerationCall, "ig", lambda item: item.get("revised_prompt"), filled=_DONE
    ),
    "mcp_call": Kind(calls.McpCall, "mcp", lambda item: _lines((_call(item), item.get("output")))),
    "mcp_list_tools": Kind(outputs.McpListTools, "mcpl", _tools, "tool"),
    "mcp_approval_request": Kind(calls.McpApprovalRequest, "mcpr", _call),
    "mcp_approval_response": Kind(outputs.McpApprovalResponse, "mcpa", lambda item: item.get("reason"), "user"),
    "local_shell_call": Kind(
        machine.LocalShellCall, "lsh", lambda item: shlex.join(item["action"]["command"]), filled=_DONE
    ),
    "local_shell_call_output": Kind(outputs.LocalShellCallOutput, "lsho", _output, "tool"),
    "shell_call": Kind(machine.ShellCall, "sh", lambda item: _lines(item["action"]["commands"]), filled=_DONE),
    "shell_call_output": Kind(outputs.ShellCallOutput, "sho", _printed, "tool", _DONE),
    "apply_patch_call": Kind(machine.ApplyPatchCall, "apc", _patched, filled=_DONE),
    "apply_patch_call_output": Kind(
        outputs.ApplyPatchCallOutput, "apco", lambda item: item.get("output"), "tool", _DONE
    ),
    "tool_search_call": Kind(
        calls.ToolSearchCall,
        "tsc",
        lambda item: orjson.dumps(item["arguments"]).decode(),
        filled={"execution": "server", **_DONE},
    ),
    "tool_search_output": Kind(outputs.ToolSearchOutput, "tso", _tools, "tool", {"execution": "server", **_DONE}),
    "additional_tools": Kind(outputs.AdditionalTools, "adt", _tools, "developer"),
    "configuration_update": Kind(outputs.ConfigurationUpdate, "cfg", _nothing, "developer"),
    "compaction": Kind(outputs.Compaction, "cmp", _nothing),
    "program": Kind(calls.Program, "prg", lambda item: item["code"]),
    "program_output": Kind(outputs.ProgramOutput, "prgo", lambda item: item["result"], "tool", _DONE),
}
