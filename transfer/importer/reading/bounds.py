"""How large one value of a file may be."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ValueBounds:
    """The bounds of one value: of one conversation, or of one line. Python reads a value in one step."""

    characters: int = 128 * _MIB
    elements: int = 4_000_000
    """The most keys and values. Each may take 100 bytes of memory."""


COMMAND_BOUNDS = ValueBounds()
"""The bounds of the command, and of Python."""
SERVICE_BOUNDS = ValueBounds(32 * _MIB, 500_000)
"""The bounds of imports through the API: while Python reads a value, the process answers no request."""
