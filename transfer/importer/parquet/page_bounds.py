"""Bounds the memory that the decoder of a Parquet file takes, before it decodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from ..reading import Unreadable
from .page_headers import pages

if TYPE_CHECKING:
    from collections.abc import Collection

    import pyarrow.parquet as pq

    from .page_headers import ParquetPage

MAX_PAGES_BYTES = 128 * 1024 * 1024
_MOST_ROWS = 1000
_GROUP_BYTES = 64 * 1024 * 1024
"""A row group up to this size is decoded at once. A larger one in batches of about 16 MiB."""
_BATCH_BYTES = 16 * 1024 * 1024
_ELEMENT_BYTES = 8
"""The bytes that the decoder takes for an element of a list, in addition to its text."""
_TEXT_BYTES = 24
"""The bytes that the decoder takes for a text of a dictionary, in addition to the text."""
_MAX_COPIED_BYTES = 32 * 1024 * 1024 * 1024
"""The decoder copies the dictionaries for each batch of rows."""


@dataclass(slots=True)
class _Column:
    """The sizes of a column. The decoder holds its dictionary and one page; for a list all pages, as one row may take them."""

    is_list: bool
    dictionary: int = 0
    page: int = 0
    row: int = 0
    total: int = 0

    @property
    def held(self) -> int:
        return self.dictionary + (self.total if self.is_list else self.page)

    def add(self, page: ParquetPage) -> None:
        if page.is_dictionary:
            self.dictionary = max(self.dictionary, page.size + page.values * _TEXT_BYTES)
            return
        self.total += page.size + page.values * _ELEMENT_BYTES * self.is_list
        self.page = max(self.page, page.size)
        self.row = max(self.row, page.size // max(page.values, 1))


def rows_at_once(
    file: IO[bytes],
    metadata: pq.FileMetaData,
    group: int,
    names: Collection[str],
    max_pages_bytes: int = MAX_PAGES_BYTES,
) -> int:
    """The number of rows of a row group that may be decoded at once. Raises `Unreadable` if its pages take too much."""
    found = metadata.row_group(group)
    columns: list[_Column] = []
    for index in range(found.num_columns):
        described = found.column(index)
        if described.path_in_schema.partition(".")[0] not in names:
            continue
        column = _Column(is_list=metadata.schema.column(index).max_repetition_level > 0)
        columns.append(column)
        for page in pages(file, _start(described), described.total_compressed_size, described.num_values):
            column.add(page)
            if sum(column.held for column in columns) > max_pages_bytes:
                raise Unreadable(f"has pages of more than {max_pages_bytes:,} bytes; write it with smaller row groups")
    return _rows(columns, found.num_rows)


def _rows(columns: list[_Column], rows: int) -> int:
    if sum(column.total for column in columns) <= _GROUP_BYTES:
        return _MOST_ROWS
    widest = sum(column.row for column in columns if not column.is_list)
    at_once = max(1, min(_MOST_ROWS, _BATCH_BYTES // max(widest, 1)))
    if sum(column.dictionary for column in columns) * (rows // at_once) > _MAX_COPIED_BYTES:
        raise Unreadable("has a row group of many rows that takes too long; write it with smaller row groups")
    return at_once


def _start(column: pq.ColumnChunkMetaData) -> int:
    """Where the decoder begins to read a column."""
    first: int = column.data_page_offset
    dictionary: int = column.dictionary_page_offset or 0
    return dictionary if column.has_dictionary_page and 0 < dictionary < first else first
