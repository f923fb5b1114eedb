"""Items that say what is to be done: calls of tools, and programs."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict

from ...inputs import JsonObject, Name, Text
from .item_parts import Status
from .values import OPEN, STRICT, one_of

SearchStatus = Literal["in_progress", "searching", "completed", "incomplete", "failed"]


@with_config(STRICT)
class Item(TypedDict):
    """What every item may carry."""

    id: NotRequired[Name | None]
    """Replaced by one of Threadkeep's own."""
    created_by: NotRequired[Text | None]


class Call(Item):
    """What the calls of most tools may carry."""

    call_id: Name
    status: NotRequired[Status | None]
    caller: NotRequired[JsonObject | None]


Asynchronous = TypedDict("Asynchronous", {"async": NotRequired[bool | None]})
"""`async` is a word of Python's own."""


class FunctionCall(Call, Asynchronous):
    """A call of a function of the caller's own."""

    type: Literal["function_call"]
    name: Text
    arguments: Text
    namespace: NotRequired[Text | None]


class CustomToolCall(Call, Asynchronous):
    """A call of a tool that takes free text."""

    type: Literal["custom_tool_call"]
    name: Text
    input: Text
    namespace: NotRequired[Text | None]


class FileSearchCall(Item):
    """A search in files."""

    type: Literal["file_search_call"]
    queries: list[Text]
    results: NotRequired[list[JsonObject] | None]
    status: NotRequired[SearchStatus | None]


@with_config(OPEN)
class Search(TypedDict):
    """To search the web."""

    type: Literal["search"]
    query: NotRequired[Text | None]
    queries: NotRequired[list[Text] | None]
    sources: NotRequired[list[JsonObject] | None]


@with_config(OPEN)
class OpenPage(TypedDict):
    """To open a page."""

    type: Literal["open_page"]
    url: NotRequired[Text | None]


@with_config(OPEN)
class FindInPage(TypedDict):
    """To look for something on a page."""

    type: Literal["find_in_page"]
    pattern: Text
    url: Text


class WebSearchCall(Item):
    """A search in the web."""

    type: Literal["web_search_call"]
    action: Annotated[dict[str, Any], one_of(search=Search, open_page=OpenPage, find_in_page=FindInPage)]
    status: NotRequired[SearchStatus | None]


@with_config(OPEN)
class SafetyCheck(TypedDict):
    """Something to be confirmed first."""

    id: Text
    code: NotRequired[Text | None]
    message: NotRequired[Text | None]


@with_config(OPEN)
class ComputerAction(TypedDict):
    """What to do with mouse or keyboard."""

    type: Literal["click", "double_click", "drag", "keypress", "move", "screenshot", "scroll", "type", "wait"]


class ComputerCall(Item):
    """A use of a computer."""

    type: Literal["computer_call"]
    call_id: Name
    pending_safety_checks: NotRequired[list[SafetyCheck]]
    action: NotRequired[ComputerAction | None]
    actions: NotRequired[list[ComputerAction] | None]
    status: NotRequired[Status | None]


@with_config(OPEN)
class Logs(TypedDict):
    """What code printed."""

    type: Literal["logs"]
    logs: Text


@with_config(OPEN)
class Image(TypedDict):
    """An image that code made."""

    type: Literal["image"]
    url: Text


class CodeInterpreterCall(Item):
    """Code that was run in a container."""

    type: Literal["code_interpreter_call"]
    container_id: Text
    code: NotRequired[Text | None]
    outputs: NotRequired[list[Annotated[dict[str, Any], one_of(logs=Logs, image=Image)]] | None]
    status: NotRequired[Literal["in_progress", "completed", "incomplete", "interpreting", "failed"] | None]


class ImageGenerationCall(Item):
    """An image that was made."""

    type: Literal["image_generation_call"]
    result: NotRequired[Text | None]
    status: NotRequired[Literal["in_progress", "completed", "generating", "failed"] | None]
    action: NotRequired[Literal["generate", "edit", "auto"] | None]
    background: NotRequired[Literal["transparent", "opaque", "auto"] | None]
    error: NotRequired[JsonObject | None]
    output_format: NotRequired[Literal["png", "webp", "jpeg", "gif", "svg"] | None]
    quality: NotRequired[Literal["low", "medium", "high", "xhigh", "max", "auto"] | None]
    revised_prompt: NotRequired[Text | None]
    size: NotRequired[Text | None]
    svg_usage: NotRequired[JsonObject | None]


@with_config(OPEN)
class LocalShellAction(TypedDict):
    """A command for the caller's own shell."""

    type: Literal["exec"]
    command: list[Text]
    env: dict[Text, Text]
    timeout_ms: NotRequired[int | None]
    user: NotRequired[Text | None]
    working_directory: NotRequired[Text | None]


class LocalShellCall(Item):
    """A command to run in the caller's own shell."""

    type: Literal["local_shell_call"]
    call_id: Name
    action: LocalShellAction
    status: NotRequired[Status | None]


@with_config(OPEN)
class ShellAction(TypedDict):
    """Commands to run in order."""

    commands: list[Text]
    timeout_ms: NotRequired[int | None]
    max_output_length: NotRequired[int | None]


class ShellCall(Call):
    """Commands to run in a shell."""

    type: Literal["shell_call"]
    action: ShellAction
    environment: NotRequired[JsonObject | None]


@with_config(OPEN)
class WriteFile(TypedDict):
    """To make or change a file."""

    type: Literal["create_file", "update_file"]
    path: Text
    diff: Text


@with_config(OPEN)
class DeleteFile(TypedDict):
    """To delete a file."""

    type: Literal["delete_file"]
    path: Text


class ApplyPatchCall(Item):
    """A change of a file."""

    type: Literal["apply_patch_call"]
    call_id: Name
    operation: Annotated[dict[str, Any], one_of(create_file=WriteFile, update_file=WriteFile, delete_file=DeleteFile)]
    status: NotRequired[Literal["in_progress", "completed"] | None]
    caller: NotRequired[JsonObject | None]


class ToolSearchCall(Item):
    """A search for tools."""

    type: Literal["tool_search_call"]
    arguments: Annotated[Any, Field(description="Any JSON value.")]
    call_id: NotRequired[Name | None]
    execution: NotRequired[Literal["server", "client"] | None]
    status: NotRequired[Status | None]


class McpCall(Item):
    """A call of a tool on an MCP server, with what it answered."""

    type: Literal["mcp_call"]
    server_label: Text
    name: Text
    arguments: Text
    approval_request_id: NotRequired[Text | None]
    output: NotRequired[Text | None]
    error: NotRequired[JsonObject | None]
    status: NotRequired[Literal["in_progress", "completed", "incomplete", "calling", "failed"] | None]


class McpApprovalRequest(Item):
    """A question whether a tool on an MCP server may be called."""

    type: Literal["mcp_approval_request"]
    server_label: Text
    name: Text
    arguments: Text


class Program(Item):
    """A program that calls tools."""

    type: Literal["program"]
    call_id: Name
    code: Text
    fingerprint: Text
