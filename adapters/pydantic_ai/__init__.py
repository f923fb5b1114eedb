"""Threadkeep as the conversation store of Pydantic AI (`pip install 'threadkeep[pydantic-ai]'`)."""

from ...errors import MissingExtra

try:
    from .store import ThreadkeepConversationStore
except ImportError as error:
    raise MissingExtra("This adapter", "pydantic-ai", error.name) from error

__all__ = ["ThreadkeepConversationStore"]
