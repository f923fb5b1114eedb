"""Threadkeep as the store of OpenAI's ChatKit server (`pip install 'threadkeep[chatkit]'`)."""

from ..extras import missing_extra

try:
    from .store import ThreadkeepStore
except ImportError as error:
    raise missing_extra("chatkit", error) from error

__all__ = ["ThreadkeepStore"]
