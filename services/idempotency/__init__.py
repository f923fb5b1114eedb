"""Idempotency: a request that is sent again does its work once, and gets the first answer again."""

from .answered import ReplayedAnswers
from .applied import is_applied
from .claims import Claims
from .retries import KeylessRetry, find_written

__all__ = [
    "Claims",
    "KeylessRetry",
    "ReplayedAnswers",
    "find_written",
    "is_applied",
]
