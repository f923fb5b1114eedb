"""Idempotency: a request that is sent again does its work once, and gets the first answer again."""

from .applied import is_applied
from .claims import Claims
from .keyless_answers import ReplayedAnswers
from .keyless_retries import KeylessRetry, find_written

__all__ = [
    "Claims",
    "KeylessRetry",
    "ReplayedAnswers",
    "find_written",
    "is_applied",
]
