"""Threadkeep as the history provider of Microsoft's Agent Framework (`pip install 'threadkeep[agent-framework]'`)."""

from ...errors import MissingExtra

try:
    from .provider import ThreadkeepHistoryProvider
except ImportError as error:
    raise MissingExtra("This adapter", "agent-framework", error.name) from error

__all__ = ["ThreadkeepHistoryProvider"]
