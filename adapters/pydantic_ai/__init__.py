"""Threadkeep as the conversation store of Pydantic AI (`pip install 'threadkeep[pydantic-ai]'`)."""

from ..extras import missing_extra

try:
    from .store import ThreadkeepConversationStore
except ImportError as error:
    raise missing_extra("pydantic-ai", error) from error

__all__ = ["ThreadkeepConversationStore"]
