"""Items that say what is to be done: calls of tools, and programs."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict

from .....inputs import Name, Text
from ..values import OPEN, STRICT, one_of
from .parts import Status


@with_config(STRICT)
class Item(TypedDict):
    """What every item may carry."""

    id: NotRequired[Name | None]
    """Replaced by one of Threadkeep's own."""
    created_by: NotRequired[Text | None]


@with_config(OPEN)
class Direct(TypedDict):
    """A model called."""

    type: Literal["direct"]


@with_config(OPEN)
class ByProgram(TypedDict):
    """A program of a model's called."""

    type: Literal["program"]
    caller_id: Text


Caller = Annotated[dict[str, Any], one_of(direct=Direct, program=ByProgram)]


class Call(Item):
    """What the calls of most tools may carry."""

    call_id: Name
    status: NotRequired[Status | None]
    caller: NotRequired[Caller | None]


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


class ToolSearchCall(Item):
    """A search for tools."""

    type: Literal["tool_search_call"]
    arguments: Annotated[Any, Field(description="Any JSON value.")]
    call_id: NotRequired[Name | None]
    execution: NotRequired[Literal["server", "client"] | None]
    status: NotRequired[Status | None]


@with_config(OPEN)
class McpFault(TypedDict):
    """What an MCP server or the way to it said was wrong."""

    type: Literal["mcp_protocol_error", "http_error"]
    code: int
    message: Text


@with_config(OPEN)
class McpToolFault(TypedDict):
    """What a tool on an MCP server said was wrong."""

    type: Literal["mcp_tool_execution_error"]
    content: Any


McpError = Annotated[
    dict[str, Any],
    one_of(mcp_protocol_error=McpFault, mcp_tool_execution_error=McpToolFault, http_error=McpFault),
]


class McpCall(Item):
    """A call of a tool on an MCP server, with what it answered."""

    type: Literal["mcp_call"]
    server_label: Text
    name: Text
    arguments: Text
    approval_request_id: NotRequired[Text | None]
    output: NotRequired[Text | None]
    error: NotRequired[McpError | None]
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
