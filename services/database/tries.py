"""Counts the tries of a loop. Other writers can cause further tries, so a limit ends the loop."""

from __future__ import annotations

from ...errors import Unavailable

MOST = 100
"""A try fails because another writer was faster. If this many tries fail in a row, the cause is a fault of the server."""


class Tries:
    """The tries of one loop."""

    def __init__(self) -> None:
        self.count = 0

    def begin(self) -> None:
        """Count one more try. Raises `Unavailable` if there were too many."""
        if self.count == MOST:
            raise Unavailable("Too many others write to the same object.")
        self.count += 1
