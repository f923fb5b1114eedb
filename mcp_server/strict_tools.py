"""Tools that refuse unknown arguments. Those of the SDK ignore them: a misspelt filter would return everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver.tools import Tool
from pydantic import ConfigDict

if TYPE_CHECKING:
    from collections.abc import Callable


def strict_tool(function: Callable[..., Any]) -> Tool:
    """The tool of a function that answers with a text. An error names each unknown argument, and the schema allows none."""
    tool = Tool.from_function(function, structured_output=False)
    lenient = tool.fn_metadata.arg_model
    strict: Any = type(lenient.__name__, (lenient,), {"model_config": ConfigDict(extra="forbid")})
    tool.fn_metadata.arg_model = strict
    tool.parameters = strict.model_json_schema(by_alias=True)
    return tool
