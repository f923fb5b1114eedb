"""Request models of the outputs of calls, and of items that are neither calls nor outputs."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import with_config
from typing_extensions import TypedDict

from .....inputs import Entries, FewFields, Name, Text
from ..values import OPEN, STRICT, one_of
from .calls import Caller, ItemBase
from .machine_calls import SafetyCheck
from .parts import AnyRole, Output, ReasoningText, Status, SummaryText


class FunctionCallOutput(ItemBase):
    """The output of a function."""

    type: Literal["function_call_output"]
    call_id: NotRequired[Name | None]
    output: Output
    status: NotRequired[Status | None]
    caller: NotRequired[Caller | None]
    name: NotRequired[Text | None]
    namespace: NotRequired[Text | None]


class CustomToolCallOutput(ItemBase):
    """The output of a tool whose input is free text."""

    type: Literal["custom_tool_call_output"]
    call_id: Name
    output: Output
    status: NotRequired[Status | None]
    caller: NotRequired[Caller | None]


@with_config(OPEN)
class ScreenshotOutput(TypedDict):
    """A screenshot as the output of a call."""

    type: Literal["computer_screenshot"]
    image_url: NotRequired[Text | None]
    file_id: NotRequired[Name | None]


class ComputerCallOutput(ItemBase):
    """The output of a call that controls a computer: a screenshot."""

    type: Literal["computer_call_output"]
    call_id: Name
    output: ScreenshotOutput
    acknowledged_safety_checks: NotRequired[Entries[SafetyCheck] | None]
    status: NotRequired[Literal["completed", "incomplete", "failed", "in_progress"] | None]


class LocalShellCallOutput(ItemBase):
    """The output of a command in the shell of the application's machine. `id` is the id of the call, as in OpenAI's API."""

    type: Literal["local_shell_call_output"]
    output: Text
    status: NotRequired[Status | None]


@with_config(OPEN)
class TimedOut(TypedDict):
    """The command took too long."""

    type: Literal["timeout"]


@with_config(OPEN)
class Exited(TypedDict):
    """The command ended with an exit code."""

    type: Literal["exit"]
    exit_code: int


@with_config(OPEN)
class ShellOutput(TypedDict):
    """The printed text and the outcome of one command."""

    outcome: Annotated[dict[str, Any], one_of(timeout=TimedOut, exit=Exited)]
    stdout: Text
    stderr: Text


class ShellCallOutput(ItemBase):
    """The outputs of the commands of a shell call."""

    type: Literal["shell_call_output"]
    call_id: Name
    output: Entries[ShellOutput]
    max_output_length: NotRequired[int | None]
    status: NotRequired[Status | None]
    caller: NotRequired[Caller | None]


class ApplyPatchCallOutput(ItemBase):
    """The result of a change of a file."""

    type: Literal["apply_patch_call_output"]
    call_id: Name
    output: NotRequired[Text | None]
    status: NotRequired[Literal["completed", "failed"] | None]
    caller: NotRequired[Caller | None]


@with_config(OPEN)
class Tool(TypedDict):
    """A tool. Its other fields depend on its type and are kept unchanged."""

    type: Text


class ToolSearchOutput(ItemBase):
    """The tools that a search found."""

    type: Literal["tool_search_output"]
    tools: Entries[Tool]
    call_id: NotRequired[Name | None]
    execution: NotRequired[Literal["server", "client"] | None]
    status: NotRequired[Status | None]


@with_config(OPEN)
class McpTool(TypedDict):
    """A tool on an MCP server."""

    name: Text
    input_schema: Any
    description: NotRequired[Text | None]
    annotations: NotRequired[Any]


class McpListTools(ItemBase):
    """The list of the tools on an MCP server."""

    type: Literal["mcp_list_tools"]
    server_label: Text
    tools: Entries[McpTool]
    error: NotRequired[Text | None]


class McpApprovalResponse(ItemBase):
    """The answer to the request for permission to call a tool on an MCP server."""

    type: Literal["mcp_approval_response"]
    approval_request_id: Text
    approve: bool
    reason: NotRequired[Text | None]


class ProgramOutput(ItemBase):
    """The result of a program."""

    type: Literal["program_output"]
    call_id: Name
    result: Text
    status: NotRequired[Literal["completed", "incomplete"] | None]


class Reasoning(ItemBase):
    """The reasoning of a model, or a summary of that."""

    type: Literal["reasoning"]
    summary: Entries[SummaryText]
    content: NotRequired[Entries[ReasoningText] | None]
    encrypted_content: NotRequired[Text | None]
    status: NotRequired[Status | None]


class Compaction(ItemBase):
    """A compact form of all earlier items. The content is encrypted."""

    type: Literal["compaction"]
    encrypted_content: Text


class AdditionalTools(ItemBase):
    """Tools that the model may call after this item."""

    type: Literal["additional_tools"]
    role: AnyRole
    tools: Entries[Tool]


@with_config(OPEN)
class Effort(TypedDict):
    """The effort that a model spends on reasoning."""

    effort: NotRequired[Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None]


@with_config(OPEN)
class AsText(TypedDict):
    """The format: text without a schema."""

    type: Literal["text"]


@with_config(OPEN)
class AsJson(TypedDict):
    """The format: JSON that follows a schema."""

    type: Literal["json_schema"]
    name: Text
    schema: Annotated[dict[Text, Any], FewFields]
    description: NotRequired[Text | None]
    strict: NotRequired[bool | None]


@with_config(OPEN)
class TextSettings(TypedDict):
    """The format of the text of a model."""

    format: Annotated[dict[str, Any], one_of(text=AsText, json_schema=AsJson)]


class ConfigurationUpdate(ItemBase):
    """Settings of the model that apply after this item."""

    type: Literal["configuration_update"]
    reasoning: NotRequired[Effort | None]
    text: NotRequired[TextSettings | None]


@with_config(STRICT)
class ItemReference(TypedDict):
    """A reference to a stored item."""

    type: NotRequired[Literal["item_reference"] | None]
    id: Name


@with_config(STRICT)
class CompactionTrigger(TypedDict):
    """A request to a model to compact the earlier items. It is not stored."""

    type: Literal["compaction_trigger"]
    id: NotRequired[Name | None]
