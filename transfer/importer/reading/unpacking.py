"""Unpacks the bytes of a file: gzip is decompressed within bounds, and UTF-16 with a byte order mark becomes UTF-8."""

from __future__ import annotations

import codecs
import gzip
import io
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .progress import Progress

_GZIP = b"\x1f\x8b"
_BUFFER = 256 * 1024
_LARGEST_RATIO = 200
"""A file that unpacks to more than `Progress.free_bytes` may be at most so many times larger than its packed bytes."""
_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class _Counted(io.RawIOBase):
    """Passes bytes on, and counts them."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self.count += len(data)
        return len(data)


class _Bounded(_Counted):
    """Passes unpacked bytes on, and stops if they are many more than the packed ones, or more than an import may unpack."""

    def __init__(self, file: Any, packed: _Counted | int, progress: Progress) -> None:
        super().__init__(file)
        self._packed = packed
        self._progress = progress

    def readinto(self, buffer: Any) -> int:
        size = super().readinto(buffer)
        self._progress.unpack(size)
        packed = self._packed if isinstance(self._packed, int) else self._packed.count
        if self.count > self._progress.free_bytes and self.count > _LARGEST_RATIO * packed:
            raise OSError(f"it unpacks to more than {_LARGEST_RATIO} times its size")
        return size


class _AsUtf8(io.RawIOBase):
    """Passes text of another encoding on as UTF-8."""

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            data = self._file.read(64 * 1024)
            self._ready = self._decoder.decode(data, not data).encode("utf-8", "surrogatepass")
            if not data:
                break
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size


@contextmanager
def unpacked(file: IO[bytes], progress: Progress, packed_size: int | None = None) -> Iterator[IO[bytes]]:
    """Yield the unpacked bytes of a file, without a byte order mark, and count them.

    `packed_size` is the size in the zip file if `file` unpacks one.
    Reading raises one of `DAMAGE` if the data is damaged, or expands beyond all measure.
    """
    reader = _buffered(file if packed_size is None else _Bounded(file, packed_size, progress))
    if reader.peek(2).startswith(_GZIP):
        packed = _Counted(reader)
        reader = _buffered(_Bounded(gzip.GzipFile(fileobj=_buffered(packed)), packed, progress))
    begin = reader.peek(4)
    encoding = next((name for bom, name in _ENCODINGS if begin.startswith(bom)), None)
    if encoding is not None:
        reader = _buffered(_AsUtf8(reader, encoding))
    elif begin.startswith(codecs.BOM_UTF8):
        reader.read(len(codecs.BOM_UTF8))
    yield reader


def _buffered(file: Any) -> io.BufferedReader:
    if isinstance(file, io.BufferedReader):
        return file
    return io.BufferedReader(file if isinstance(file, io.RawIOBase) else _Counted(file), _BUFFER)
