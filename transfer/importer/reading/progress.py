"""How far the reading of an import is."""

from __future__ import annotations

from typing import Protocol

FREE_BYTES = 2 * 1024**3


class Positioned(Protocol):
    """A file with a position."""

    @property
    def closed(self) -> bool:
        """Whether the file is closed."""

    def tell(self) -> int:
        """The number of bytes before the position."""


class Progress:
    """How many bytes of the files of an import were read, and unpacked.

    Reading raises `OSError` when more than `most_unpacked` bytes came out of compressed files: a small file may unpack to any size.
    Each file may unpack to `free_bytes`. Only a file with more bytes is compared with its packed size.
    """

    def __init__(self, most_unpacked: int | None = None, free_bytes: int = FREE_BYTES) -> None:
        self.free_bytes = free_bytes
        self.total = 0
        self._finished = 0
        self._file: Positioned | None = None
        self._packing = 1.0
        self._highest = 0
        self._most_unpacked = most_unpacked
        self._unpacked = 0

    @property
    def done(self) -> int:
        """The number of bytes that were read."""
        if self._file is not None and not self._file.closed:
            self._highest = max(self._highest, int(self._file.tell() * self._packing))
        return self._finished + self._highest

    def begin(self, file: Positioned, packing: float = 1.0) -> None:
        """Count the bytes that are read from this file. Each of its bytes counts as `packing` bytes."""
        self._file, self._packing, self._highest = file, packing, 0

    def end(self, size: int) -> None:
        """Count a whole file of `size` bytes."""
        self._finished += size
        self._file, self._highest = None, 0

    def unpack(self, size: int) -> None:
        """Count bytes that came out of a compressed file."""
        self._unpacked += size
        if self._most_unpacked is not None and self._unpacked > self._most_unpacked:
            raise OSError(f"the file unpacks to more than {self._most_unpacked:,} bytes")
