"""Threadkeep as the store of OpenAI's ChatKit server (`pip install 'threadkeep[chatkit]'`)."""

from ...errors import MissingExtra

try:
    from .store import ThreadkeepStore
except ImportError as error:
    raise MissingExtra("This adapter", "chatkit", error.name) from error

__all__ = ["ThreadkeepStore"]
