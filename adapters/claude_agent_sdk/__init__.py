"""Threadkeep as the session store of the Claude Agent SDK (`pip install 'threadkeep[claude-agent-sdk]'`)."""

from ...errors import MissingExtra

try:
    from .store import ThreadkeepSessionStore
except ImportError as error:
    raise MissingExtra("This adapter", "claude-agent-sdk", error.name) from error

__all__ = ["ThreadkeepSessionStore"]
