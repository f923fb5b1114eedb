"""Threadkeep as the checkpointer of LangGraph (`pip install 'threadkeep[langgraph]'`)."""

from ..extras import missing_extra

try:
    from .saver import ThreadkeepSaver
except ImportError as error:
    raise missing_extra("langgraph", error) from error

__all__ = ["ThreadkeepSaver"]
