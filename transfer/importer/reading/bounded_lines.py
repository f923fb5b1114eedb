"""Reads the lines of a file with bounded memory: a small compressed file may hold a line of gigabytes."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import orjson

from ....json_elements import has_at_most
from .bounds import COMMAND_BOUNDS
from .faults import DAMAGE, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

_SKIPPED_BYTES = 1024 * 1024
_MARKS = (b",", b":", b"[", b"{")


class BoundedLines:
    """The lines of a file."""

    def __init__(self, file: IO[bytes], max_bytes: int = COMMAND_BOUNDS.characters) -> None:
        self._max_bytes = max_bytes
        self._file = file

    def __iter__(self) -> Iterator[bytes | Unreadable]:
        """Each line; for a line that is too long, an `Unreadable` in its place. Damaged data ends the file with one."""
        while True:
            try:
                line = self._file.readline(self._max_bytes + 1)
                if not line:
                    return
                if len(line) > self._max_bytes:
                    if not line.endswith(b"\n"):
                        del line
                        self._skip_line()
                    yield Unreadable(f"holds more than {self._max_bytes:,} bytes: write one conversation per line")
                    continue
            except DAMAGE as error:
                yield Unreadable(f"the rest of the file cannot be read: {error}")
                return
            yield line

    def _skip_line(self) -> None:
        """Read to the end of the line, whose first part did not end it."""
        while (piece := self._file.readline(_SKIPPED_BYTES)) and not piece.endswith(b"\n"):
            pass


def parse_json(text: bytes, max_elements: int = COMMAND_BOUNDS.elements) -> object:
    """The value of a JSON text. Raises `Unreadable`, or `orjson.JSONDecodeError`."""
    if sum(map(text.count, _MARKS)) > max_elements and not has_at_most(text.decode(errors="replace"), max_elements):
        raise Unreadable(f"holds more than {max_elements:,} keys and values: write one conversation per line")
    return orjson.loads(text)
