"""Where a page ends: at a number of bytes, or of keys and values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import bson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Row = Mapping[str, Any]

REPLY_BYTES = 16 * 1024 * 1024
"""The size of one reply of MongoDB."""


class PageSize(NamedTuple):
    """Where a page ends.

    It ends with the row that exceeds `elements`. If its rows do not fit into one reply, it ends before the row that exceeds
    `bytes`.
    """

    bytes: int
    elements: int


@dataclass(slots=True)
class PageBytes:
    """Measures the rows of a page that may not fit into one reply."""

    most: int
    in_parts: bool = False
    """Whether the rows that one reply could hold are read in parts."""
    _reads: int = 0
    _measured: int = 0
    _total: int = 0
    _read_bytes: int = 0

    def end_of(self, rows: Sequence[Row], found: Sequence[Row], *, cut: bool) -> int | None:
        """The number of rows after which the page ends, or None if it may go on.

        `rows` are all rows until now. `found` are those of the last reply, also the hidden ones. `cut` says that the reply
        did not hold all of its rows.
        """
        self._reads += 1
        if not cut and self._reads == 1 and not self.in_parts:  # one reply holds them
            return None
        self._total += sum(map(row_size, rows[self._measured :]))
        self._measured = len(rows)
        if self.in_parts and not cut:
            self._read_bytes += sum(map(row_size, found))
            if self._read_bytes <= REPLY_BYTES:
                return None
        return self._first_above(rows) if self._total > self.most else None

    def _first_above(self, rows: Sequence[Row]) -> int | None:
        """The index of the row that exceeds the size. The first row may have any size."""
        size = 0
        for index, row in enumerate(rows):
            size += row_size(row)
            if size > self.most and index:
                return index
        return None


def row_size(row: Row) -> int:
    """The bytes of a row as the database stores it."""
    return len(bson.encode(row))
