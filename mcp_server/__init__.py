"""Threadkeep as a server of the Model Context Protocol: `threadkeep mcp` (`pip install 'threadkeep[mcp]'`)."""

from .keys import ClientsOfKeys

try:
    from .server import mcp_server
except ImportError as error:
    _REASON = f"This command needs {error.name or 'mcp'}: pip install 'threadkeep[mcp]'."
    raise ImportError(_REASON, name=error.name, path=error.path) from error

__all__ = ["ClientsOfKeys", "mcp_server"]
