"""The kinds of items that are not messages: for each the request model and the defaults of an answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from . import calls, mcp_calls, outputs
from . import hosted_calls as hosted
from . import machine_calls as machine


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of item. Its prefix, its role and its text are in `history.ITEM_KINDS`."""

    schema: Any
    """The request model."""
    defaults: dict[str, Any] = field(default_factory=dict)
    """The values of fields that a request may omit and an answer must have."""


_COMPLETED = {"status": "completed"}
_BY_SERVER = {"execution": "server", **_COMPLETED}

KINDS: dict[str, Kind] = {
    "function_call": Kind(calls.FunctionCall, _COMPLETED),
    "function_call_output": Kind(outputs.FunctionCallOutput, _COMPLETED),
    "custom_tool_call": Kind(calls.CustomToolCall),
    "custom_tool_call_output": Kind(outputs.CustomToolCallOutput),
    "reasoning": Kind(outputs.Reasoning),
    "file_search_call": Kind(hosted.FileSearchCall, _COMPLETED),
    "web_search_call": Kind(hosted.WebSearchCall, _COMPLETED),
    "computer_call": Kind(machine.ComputerCall, {"pending_safety_checks": [], **_COMPLETED}),
    "computer_call_output": Kind(outputs.ComputerCallOutput, _COMPLETED),
    "code_interpreter_call": Kind(hosted.CodeInterpreterCall, _COMPLETED),
    "image_generation_call": Kind(hosted.ImageGenerationCall, _COMPLETED),
    "mcp_call": Kind(mcp_calls.McpCall),
    "mcp_list_tools": Kind(outputs.McpListTools),
    "mcp_approval_request": Kind(mcp_calls.McpApprovalRequest),
    "mcp_approval_response": Kind(outputs.McpApprovalResponse),
    "local_shell_call": Kind(machine.LocalShellCall, _COMPLETED),
    "local_shell_call_output": Kind(outputs.LocalShellCallOutput),
    "shell_call": Kind(machine.ShellCall, _COMPLETED),
    "shell_call_output": Kind(outputs.ShellCallOutput, _COMPLETED),
    "apply_patch_call": Kind(machine.ApplyPatchCall, _COMPLETED),
    "apply_patch_call_output": Kind(outputs.ApplyPatchCallOutput, _COMPLETED),
    "tool_search_call": Kind(calls.ToolSearchCall, _BY_SERVER),
    "tool_search_output": Kind(outputs.ToolSearchOutput, _BY_SERVER),
    "additional_tools": Kind(outputs.AdditionalTools),
    "configuration_update": Kind(outputs.ConfigurationUpdate),
    "compaction": Kind(outputs.Compaction),
    "program": Kind(calls.Program),
    "program_output": Kind(outputs.ProgramOutput, _COMPLETED),
}
