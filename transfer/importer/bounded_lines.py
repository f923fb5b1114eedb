"""Reads the lines of a file with bounded memory: a small compressed file may hold a line of gigabytes."""

from __future__ import annotations

import gzip
import zlib
from typing import IO, TYPE_CHECKING

import orjson

from ...json_elements import has_at_most

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 128 * 1024 * 1024
"""The most bytes of one line, or of a file that is one JSON value, after decompression."""
MAX_ELEMENTS = 4_000_000
"""The most keys and values of one line. Each may take 100 bytes of memory."""
_GZIP = b"\x1f\x8b"
_SKIPPED_BYTES = 1024 * 1024
_MARKS = (b",", b":", b"[", b"{")


class Unreadable(ValueError):
    """A line, or the rest of a file, cannot be read. The message says why."""


class BoundedLines:
    """The lines of a file, which may be gzipped."""

    def __init__(self, raw: IO[bytes], max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        zipped = raw.read(len(_GZIP)) == _GZIP
        raw.seek(0)
        self._file: IO[bytes] = gzip.GzipFile(fileobj=raw) if zipped else raw  # type: ignore[assignment]  # it is binary IO

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
            except (EOFError, OSError, zlib.error) as error:
                yield Unreadable(f"the rest of the file cannot be read: {error}")
                return
            yield line

    def rest(self, begin: bytes) -> bytes:
        """`begin` and the rest of the file. Raises `Unreadable` if they are too long or damaged."""
        try:
            text = begin + self._file.read(self._max_bytes + 1 - len(begin))
        except (EOFError, OSError, zlib.error) as error:
            raise Unreadable(f"the rest of the file cannot be read: {error}") from None
        if len(text) > self._max_bytes:
            raise Unreadable(
                f"is one JSON value of more than {self._max_bytes:,} bytes: write one conversation per line"
            )
        return text

    def _skip_line(self) -> None:
        """Read to the end of the line, whose first part did not end it."""
        while (piece := self._file.readline(_SKIPPED_BYTES)) and not piece.endswith(b"\n"):
            pass


def parse(text: bytes, max_elements: int = MAX_ELEMENTS) -> object:
    """The value of a JSON text. Raises `Unreadable`, or `orjson.JSONDecodeError`."""
    if sum(map(text.count, _MARKS)) > max_elements and not has_at_most(text.decode(errors="replace"), max_elements):
        raise Unreadable(f"holds more than {max_elements:,} keys and values: write one conversation per line")
    return orjson.loads(text)
