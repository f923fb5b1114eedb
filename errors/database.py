"""Errors of a database that refuses an operation for a lasting reason: trying again does not help."""

from __future__ import annotations

from .base import ThreadkeepError


class DatabaseRefused(ThreadkeepError):
    """The database refuses the operation for a reason that lasts: a right, its configuration, or what it lacks."""

    status = 502

    def __init__(self, why: str) -> None:
        super().__init__(f"The database refuses this operation, and will refuse it again: {why}.")
