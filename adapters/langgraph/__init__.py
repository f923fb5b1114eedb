"""Threadkeep as the checkpointer of LangGraph (`pip install 'threadkeep[langgraph]'`)."""

from ...errors import MissingExtra

try:
    from .saver import ThreadkeepSaver
except ImportError as error:
    raise MissingExtra("This adapter", "langgraph", error.name) from error

__all__ = ["ThreadkeepSaver"]
