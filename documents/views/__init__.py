"""MongoDB views: the stored documents as flat tables, one view per file (decision 0011)."""

from .daily_activity import DAILY_ACTIVITY
from .messages_flat import MESSAGES_FLAT
from .threads_flat import THREADS_FLAT
from .view import View, call_count

VIEWS = (MESSAGES_FLAT, THREADS_FLAT, DAILY_ACTIVITY)

__all__ = ["DAILY_ACTIVITY", "MESSAGES_FLAT", "THREADS_FLAT", "VIEWS", "View", "call_count"]
