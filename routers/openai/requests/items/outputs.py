"""Items that say what came of calls, and items that are neither calls nor outputs."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import with_config
from typing_extensions import TypedDict

from .....inputs import Name, Text
from ..values import OPEN, STRICT, one_of
from .calls import Caller, Item
from .machine_calls import SafetyCheck
from .parts import AnyRole, Output, ReasoningText, Status, SummaryText


class FunctionCallOutput(Item):
    """What a function answered."""

    type: Literal["function_call_output"]
    call_id: NotRequired[Name | None]
    output: Output
    status: NotRequired[Status | None]
    caller: NotRequired[Caller | None]
    name: NotRequired[Text | None]
    namespace: NotRequired[Text | None]


class CustomToolCallOutput(Item):
    """What a tool answered that takes free text."""

    type: Literal["custom_tool_call_output"]
    call_id: Name
    output: Output
    status: NotRequired[Status | None]
    caller: NotRequired[Caller | None]


@with_config(OPEN)
class ScreenshotOutput(TypedDict):
    """A picture of a computer's screen."""

    type: Literal["computer_screenshot"]
    image_url: NotRequired[Text | None]
    file_id: NotRequired[Name | None]


class ComputerCallOutput(Item):
    """What a computer's screen shows then."""

    type: Literal["computer_call_output"]
    call_id: Name
    output: ScreenshotOutput
    acknowledged_safety_checks: NotRequired[list[SafetyCheck] | None]
    status: NotRequired[Literal["completed", "incomplete", "failed", "in_progress"] | None]


class LocalShellCallOutput(Item):
    """What a command of the caller's own shell printed; `id` is that of the call, as OpenAI has it."""

    type: Literal["local_shell_call_output"]
    output: Text
    status: NotRequired[Status | None]


@with_config(OPEN)
class TimedOut(TypedDict):
    """It took too long."""

    type: Literal["timeout"]


@with_config(OPEN)
class Exited(TypedDict):
    """It ended."""

    type: Literal["exit"]
    exit_code: int


@with_config(OPEN)
class ShellOutput(TypedDict):
    """What one command printed, and how it ended."""

    outcome: Annotated[dict[str, Any], one_of(timeout=TimedOut, exit=Exited)]
    stdout: Text
    stderr: Text


class ShellCallOutput(Item):
    """What commands printed."""

    type: Literal["shell_call_output"]
    call_id: Name
    output: list[ShellOutput]
    max_output_length: NotRequired[int | None]
    status: NotRequired[Status | None]
    caller: NotRequired[Caller | None]


class ApplyPatchCallOutput(Item):
    """What came of a change of a file."""

    type: Literal["apply_patch_call_output"]
    call_id: Name
    output: NotRequired[Text | None]
    status: NotRequired[Literal["completed", "failed"] | None]
    caller: NotRequired[Caller | None]


@with_config(OPEN)
class Tool(TypedDict):
    """A tool; what it is beside its kind is kept as it is."""

    type: Text


class ToolSearchOutput(Item):
    """The tools that were found."""

    type: Literal["tool_search_output"]
    tools: list[Tool]
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


class McpListTools(Item):
    """The tools on an MCP server."""

    type: Literal["mcp_list_tools"]
    server_label: Text
    tools: list[McpTool]
    error: NotRequired[Text | None]


class McpApprovalResponse(Item):
    """Whether a tool on an MCP server may be called."""

    type: Literal["mcp_approval_response"]
    approval_request_id: Text
    approve: bool
    reason: NotRequired[Text | None]


class ProgramOutput(Item):
    """What a program gave."""

    type: Literal["program_output"]
    call_id: Name
    result: Text
    status: NotRequired[Literal["completed", "incomplete"] | None]


class Reasoning(Item):
    """What a model thought, or a summary of it."""

    type: Literal["reasoning"]
    summary: list[SummaryText]
    content: NotRequired[list[ReasoningText] | None]
    encrypted_content: NotRequired[Text | None]
    status: NotRequired[Status | None]


class Compaction(Item):
    """What stands for all that came before it."""

    type: Literal["compaction"]
    encrypted_content: Text


class AdditionalTools(Item):
    """Tools that may be called from here on."""

    type: Literal["additional_tools"]
    role: AnyRole
    tools: list[Tool]


@with_config(OPEN)
class Effort(TypedDict):
    """How much a model thinks."""

    effort: NotRequired[Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None]


@with_config(OPEN)
class AsText(TypedDict):
    """Text of any form."""

    type: Literal["text"]


@with_config(OPEN)
class AsJson(TypedDict):
    """JSON of this form."""

    type: Literal["json_schema"]
    name: Text
    schema: dict[Text, Any]
    description: NotRequired[Text | None]
    strict: NotRequired[bool | None]


@with_config(OPEN)
class TextSettings(TypedDict):
    """What form a model's text has."""

    format: Annotated[dict[str, Any], one_of(text=AsText, json_schema=AsJson)]


class ConfigurationUpdate(Item):
    """Settings of the model from here on."""

    type: Literal["configuration_update"]
    reasoning: NotRequired[Effort | None]
    text: NotRequired[TextSettings | None]


@with_config(STRICT)
class ItemReference(TypedDict):
    """An item that exists already."""

    type: NotRequired[Literal["item_reference"] | None]
    id: Name


@with_config(STRICT)
class CompactionTrigger(TypedDict):
    """Asks a model to compact what came before; nothing to keep."""

    type: Literal["compaction_trigger"]
    id: NotRequired[Name | None]
