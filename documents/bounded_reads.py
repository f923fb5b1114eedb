"""Bounds the work of one read, for stored documents of any size.

MongoDB ends each reply at 16 MiB. The embedded server first loads all documents of an index range. So a read of a range says in
its comment how many bytes the embedded server may load: `embedded/bounded_commands.py` refuses a wider range, which the caller
then divides. A write of many documents, or a read of their ids, loads only the first documents, up to the bytes in its comment.
It is repeated until it finds none. MongoDB ignores both comments.

Bytes do not bound the elements: a megabyte holds up to 150,000 empty arrays. So the rows of a page are decoded one by one,
until their elements exceed a limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pymongo.errors import OperationFailure

BYTES_AT_ONCE = 1024 * 1024
"""The most bytes that one read of a range may load. A document that is larger is read alone."""
_TOO_MUCH_AT_ONCE = 146
"""MongoDB's code `ExceededMemoryLimit`."""


IN_PARTS: dict[str, Any] = {"comment": {"part_bytes": 4 * BYTES_AT_ONCE}}
"""The option of a command that is repeated until no document matches. It works on all documents, or on the first ones."""


@dataclass(slots=True)
class Room:
    """The keys and values that the rows of a page may still have. Negative after the row that exceeds the limit."""

    elements: int

    @property
    def is_left(self) -> bool:
        """Whether the page may have another row."""
        return self.elements >= 0


def comment_of(most_bytes: int | None) -> dict[str, Any]:
    """The option of a command that may load so many bytes. Empty if there is no limit."""
    return {} if most_bytes is None else {"comment": {"most_bytes": most_bytes}}


def is_too_much(error: Exception) -> bool:
    """Whether the range of a read holds more bytes than its comment allows."""
    return isinstance(error, OperationFailure) and error.code == _TOO_MUCH_AT_ONCE
