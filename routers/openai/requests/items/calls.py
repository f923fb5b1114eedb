"""Request models of the calls of functions, tools and MCP servers, and of programs."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict

from .....inputs import Name, Text
from ..values import OPEN, STRICT, one_of
from .parts import Status


@with_config(STRICT)
class ItemBase(TypedDict):
    """The fields that every item may have."""

    id: NotRequired[Name | None]
    """Accepted and replaced by an id of Threadkeep."""
    created_by: NotRequired[Text | None]


@with_config(OPEN)
class Direct(TypedDict):
    """The model itself made the call."""

    type: Literal["direct"]


@with_config(OPEN)
class ByProgram(TypedDict):
    """A program that the model wrote made the call."""

    type: Literal["program"]
    caller_id: Text


Caller = Annotated[dict[str, Any], one_of(direct=Direct, program=ByProgram)]


class CallItem(ItemBase):
    """The fields that the calls of most tools may have."""

    call_id: Name
    status: NotRequired[Status | None]
    caller: NotRequired[Caller | None]


Asynchronous = TypedDict("Asynchronous", {"async": NotRequired[bool | None]})
"""A `TypedDict` in functional form, because `async` is a keyword of Python."""


class FunctionCall(CallItem, Asynchronous):
    """A call of a function that the application provides."""

    type: Literal["function_call"]
    name: Text
    arguments: Text
    namespace: NotRequired[Text | None]


class CustomToolCall(CallItem, Asynchronous):
    """A call of a tool whose input is free text."""

    type: Literal["custom_tool_call"]
    name: Text
    input: Text
    namespace: NotRequired[Text | None]


class ToolSearchCall(ItemBase):
    """A search for tools."""

    type: Literal["tool_search_call"]
    arguments: Annotated[Any, Field(description="Any JSON value.")]
    call_id: NotRequired[Name | None]
    execution: NotRequired[Literal["server", "client"] | None]
    status: NotRequired[Status | None]


@with_config(OPEN)
class McpFault(TypedDict):
    """An error of the MCP server, or of the HTTP connection to it."""

    type: Literal["mcp_protocol_error", "http_error"]
    code: int
    message: Text


@with_config(OPEN)
class McpToolFault(TypedDict):
    """An error of a tool on an MCP server."""

    type: Literal["mcp_tool_execution_error"]
    content: Any


McpError = Annotated[
    dict[str, Any],
    one_of(mcp_protocol_error=McpFault, mcp_tool_execution_error=McpToolFault, http_error=McpFault),
]


class McpCall(ItemBase):
    """A call of a tool on an MCP server, with its output or error."""

    type: Literal["mcp_call"]
    server_label: Text
    name: Text
    arguments: Text
    approval_request_id: NotRequired[Text | None]
    output: NotRequired[Text | None]
    error: NotRequired[McpError | None]
    status: NotRequired[Literal["in_progress", "completed", "incomplete", "calling", "failed"] | None]


class McpApprovalRequest(ItemBase):
    """A request for the permission to call a tool on an MCP server."""

    type: Literal["mcp_approval_request"]
    server_label: Text
    name: Text
    arguments: Text


class Program(ItemBase):
    """A program that calls tools."""

    type: Literal["program"]
    call_id: Name
    code: Text
    fingerprint: Text
