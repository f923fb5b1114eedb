"""Request models of the calls of tools on MCP servers."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import with_config
from typing_extensions import TypedDict

from .....inputs import Text
from ..values import OPEN, one_of
from .calls import ItemBase


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
