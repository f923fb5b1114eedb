"""One file of an import, wherever it is: on disk, in a zip file, on the standard input."""

from __future__ import annotations

import io
import os
import zipfile
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Protocol

from .faults import DAMAGE, Unreadable
from .unpacking import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from .progress import Progress


class Member(Protocol):
    """One file of bytes, in any place. `name` is empty for a file that is imported alone."""

    name: str
    alone: bool
    """Whether the caller named this file, rather than its folder or its zip file."""

    def first(self, size: int) -> bytes:
        """The first bytes, unpacked. Raises `Unreadable`."""

    def open(self) -> AbstractContextManager[IO[bytes]]:
        """Open the file for reading. Its bytes are unpacked, and its text is UTF-8."""


class FileMember:
    """A file, which may be compressed with gzip."""

    def __init__(self, path: Path, name: str, progress: Progress, *, alone: bool = True) -> None:
        self.name = name
        self.alone = alone
        self._path = path
        self._progress = progress

    def first(self, size: int) -> bytes:
        """The first bytes, unpacked."""
        try:
            with self._path.open("rb") as raw, unpacked(raw, self._progress) as file:
                return file.read(size)
        except DAMAGE as error:
            raise Unreadable(f"cannot be read: {error}") from None

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Open the file for reading."""
        with self._path.open("rb") as raw, unpacked(raw, self._progress) as file:
            self._progress.begin(raw)
            yield file
            self._progress.end(os.fstat(raw.fileno()).st_size)


class ZipMember:
    """A member of a zip file. It is read as a stream: nothing of it is written to disk."""

    alone = False

    def __init__(
        self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, progress: Progress, kept: object = None
    ) -> None:
        self.name = name
        self._archive = archive
        self._info = info
        self._progress = progress
        self._kept = kept
        """Objects that must live as long as the file."""

    def first(self, size: int) -> bytes:
        """The first bytes."""
        try:
            if self._info.compress_type == zipfile.ZIP_LZMA:
                raise NotImplementedError("it is compressed with LZMA, whose files say how much memory they take")
            with self._archive.open(self._info) as member, self._unpacked(member) as file:
                return file.read(size)
        except DAMAGE as error:
            raise Unreadable(f"cannot be read: {error}") from None

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Open the member for reading."""
        size = self._info.compress_size
        with self._archive.open(self._info) as member, self._unpacked(member) as file:
            self._progress.begin(member, size / max(self._info.file_size, 1))
            yield file
            self._progress.end(size)

    def _unpacked(self, member: IO[bytes]) -> AbstractContextManager[IO[bytes]]:
        return unpacked(member, self._progress, self._info.compress_size)


class StreamMember:
    """The standard input, or a pipe. It is read once, so its first bytes are kept for `open`."""

    alone = True

    def __init__(self, file: IO[bytes], name: str, progress: Progress) -> None:
        self.name = name
        self._raw = file
        self._opened = unpacked(file, progress)
        self._file: IO[bytes] | None = None
        self._first = b""

    def first(self, size: int) -> bytes:
        """The first bytes, unpacked."""
        try:
            if self._file is None:
                self._file = self._opened.__enter__()
            self._first += self._file.read(max(size - len(self._first), 0))
        except DAMAGE as error:
            raise Unreadable(f"cannot be read: {error}") from None
        return self._first

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Read all, from the first byte on. Closes the file."""
        self.first(0)
        with self._raw:
            yield io.BufferedReader(_Prefixed(self._first, self._file))


class _Prefixed(io.RawIOBase):
    """Some bytes, then those of a file."""

    def __init__(self, first: bytes, file: Any) -> None:
        self._first = first
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._first[: len(buffer)] or self._file.read(len(buffer))
        self._first = self._first[len(data) :]
        buffer[: len(data)] = data
        return len(data)
