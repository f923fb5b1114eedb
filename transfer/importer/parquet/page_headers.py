"""Reads the headers of the pages of a Parquet column. Only they say how much memory a page takes.

Other sizes in the file can be forged easily. pyarrow does not show the headers. They are structs in the compact protocol of
Thrift.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from ..reading import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_HEADER_BYTES = 16 * 1024 * 1024
_MAX_DEPTH = 4
_TRUE, _FALSE, _INT32, _INT64, _BINARY, _STRUCT = 1, 2, 5, 6, 8, 12
_PLAIN, _PLAIN_DICTIONARY, _RLE, _DICTIONARY = 0, 2, 3, 8
_BOUNDED_ENCODINGS = frozenset({_PLAIN, _PLAIN_DICTIONARY, _RLE, _DICTIONARY})
"""A page in another encoding may hold values that are far larger than the page."""
# The fields of a header: the sizes of the page, and the structs of its kinds with their numbers of values and encodings.
_SIZE, _COMPRESSED_SIZE, _DATA, _DICTIONARY_PAGE, _DATA_2 = 2, 3, 5, 7, 8
_VALUES, _ENCODING, _ENCODING_2 = 1, 2, 4


@dataclass(frozen=True, slots=True)
class ParquetPage:
    """The bytes of a page when it is decompressed, its number of values, and whether it is the dictionary of its column."""

    size: int
    values: int
    is_dictionary: bool


def pages(file: IO[bytes], start: int, size: int, values: int) -> Iterator[ParquetPage]:
    """Yield the pages of a column that begins at `start` and has `size` bytes, as far as they are needed for its values.

    Raises `Unreadable` if they are damaged, or have an encoding whose values may be larger than the page.
    """
    end = start + size
    while start < end and values > 0:
        file.seek(start)
        header = _Header(file, min(end - start, _MAX_HEADER_BYTES))
        page, compressed, is_data = _page(header.struct())
        start = file.tell() + compressed
        if start > end:
            raise Unreadable("cannot be read: a page ends behind its column")
        values -= page.values if is_data else 0
        yield page


def _page(header: dict[int, Any]) -> tuple[ParquetPage, int, bool]:
    """The page of a header, its bytes in the file, and whether it holds values of rows."""
    found = [header[field] for field in (_DATA, _DICTIONARY_PAGE, _DATA_2) if field in header]
    if len(found) != 1 or not isinstance(found[0], dict):
        raise Unreadable("cannot be read: a page is of no known kind")
    encoding = found[0].get(_ENCODING_2 if _DATA_2 in header else _ENCODING)
    size, compressed, values = (
        _number(struct, field) for struct, field in ((header, _SIZE), (header, _COMPRESSED_SIZE), (found[0], _VALUES))
    )
    if encoding not in _BOUNDED_ENCODINGS:
        raise Unreadable("has a column in an encoding other than PLAIN, RLE and DICTIONARY; write it with one of these")
    page = ParquetPage(max(size, compressed), values, _DICTIONARY_PAGE in header)
    return page, compressed, not page.is_dictionary


def _number(struct: dict[int, Any], field: int) -> int:
    number = struct.get(field)
    if not isinstance(number, int) or number < 0:
        raise Unreadable("cannot be read: a page has no size")
    return number


class _Header:
    """Reads one struct. Refuses parts that no header of a page has: a decoder that skips them might see other values."""

    def __init__(self, file: IO[bytes], room: int) -> None:
        self._file = file
        self._room = room

    def struct(self, depth: int = 0) -> dict[int, Any]:
        found: dict[int, Any] = {}
        field = 0
        while kind_and_step := self._byte():
            kind, step = kind_and_step & 15, kind_and_step >> 4
            field = field + step if step else self._integer(_INT32)
            if field in found or depth > _MAX_DEPTH:
                raise Unreadable("cannot be read: a page has a damaged header")
            found[field] = self._value(kind, depth)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (_TRUE, _FALSE):
            return kind == _TRUE
        if kind in (_INT32, _INT64):
            return self._integer(kind)
        if kind == _BINARY:
            return self._take(self._varint())
        if kind == _STRUCT:
            return self.struct(depth + 1)
        raise Unreadable("cannot be read: a page has a damaged header")

    def _integer(self, kind: int) -> int:
        number = self._varint()
        if kind == _INT32 and number >= 2**32:
            raise Unreadable("cannot be read: a page has a damaged header")
        return (number >> 1) ^ -(number & 1)

    def _varint(self) -> int:
        number = 0
        for shift in range(0, 64, 7):
            byte = self._byte()
            number |= (byte & 127) << shift
            if not byte & 128:
                return number
        raise Unreadable("cannot be read: a page has a damaged header")

    def _byte(self) -> int:
        return self._take(1)[0]

    def _take(self, size: int) -> bytes:
        self._room -= size
        taken = self._file.read(size) if self._room >= 0 else b""
        if len(taken) < size:
            raise Unreadable("cannot be read: a page has a damaged header")
        return taken
