"""Threadkeep as the history provider of Microsoft's Agent Framework (`pip install 'threadkeep[agent-framework]'`)."""

from ..extras import missing_extra

try:
    from .provider import ThreadkeepHistoryProvider
except ImportError as error:
    raise missing_extra("agent-framework", error) from error

__all__ = ["ThreadkeepHistoryProvider"]
