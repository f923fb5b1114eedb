"""How far the reading of an import is."""

from __future__ import annotations

from typing import IO


class Progress:
    """How many bytes of the files of an import were read."""

    def __init__(self) -> None:
        self.total = 0
        self._finished = 0
        self._file: IO[bytes] | None = None
        self._highest = 0

    @property
    def done(self) -> int:
        """The number of bytes that were read."""
        if self._file is not None and not self._file.closed:
            self._highest = max(self._highest, self._file.tell())
        return self._finished + self._highest

    def begin(self, file: IO[bytes]) -> None:
        """Count the bytes that are read from this file, in addition to those of the files before."""
        self._file = file

    def end(self, size: int) -> None:
        """Count a whole file of `size` bytes."""
        self._finished += size
        self._file, self._highest = None, 0
