"""Threadkeep as a server of the Model Context Protocol: `threadkeep mcp` (`pip install 'threadkeep[mcp]'`)."""

from ..errors import MissingExtra
from .keys import ClientsOfKeys

try:
    from .server import mcp_server
except ImportError as error:
    raise MissingExtra("This command", "mcp", error.name) from error

__all__ = ["ClientsOfKeys", "mcp_server"]
