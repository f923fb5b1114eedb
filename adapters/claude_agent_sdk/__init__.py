"""Threadkeep as the session store of the Claude Agent SDK (`pip install 'threadkeep[claude-agent-sdk]'`)."""

from ..extras import missing_extra

try:
    from .store import ThreadkeepSessionStore
except ImportError as error:
    raise missing_extra("claude-agent-sdk", error) from error

__all__ = ["ThreadkeepSessionStore"]
