"""Reads the rows of one Parquet file with bounded memory, and refuses columns and values of other kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ...parquet_schema import SCHEMAS, derived
from ..reading import Unreadable
from .page_bounds import MAX_PAGES_BYTES, rows_at_once

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_ROW_BYTES = 32 * 1024 * 1024
_SLICE_BYTES = 16 * 1024 * 1024
_READ_BYTES = 1024 * 1024
_ELEMENT_BYTES = 64
"""The bytes that Python takes for an element of a list, in addition to its text."""
FAULTS = (pa.ArrowException, OSError, ValueError, OverflowError, LookupError)
"""The errors of pyarrow for a damaged file, and for a value that Python does not have."""


def row_count(file: Path) -> int:
    """The number of rows. 0 for a file that cannot be read: `rows_of` says why."""
    try:
        return int(pq.read_metadata(file).num_rows)
    except FAULTS:
        return 0


def rows_of(file: Path, kind: str, *, max_pages_bytes: int = MAX_PAGES_BYTES) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file, with the values of its columns. Raises `Unreadable`."""
    try:
        texts = _text_columns(file, kind)
        with file.open("rb") as raw, pq.ParquetFile(file, read_dictionary=texts, buffer_size=_READ_BYTES) as opened:
            names = [name for name in opened.schema_arrow.names if name not in derived(kind)]
            for group in range(opened.metadata.num_row_groups):
                rows = rows_at_once(raw, opened.metadata, group, names, max_pages_bytes)
                for batch in opened.iter_batches(rows, row_groups=[group], columns=names):
                    yield from _values(batch)
    except Unreadable:
        raise
    except FAULTS as error:
        raise Unreadable(f"cannot be read: {error}") from None


def _text_columns(file: Path, kind: str) -> list[str]:
    """The paths of the columns of text. Read as dictionaries, a text that repeats takes its memory once."""
    with pq.ParquetFile(file) as opened:
        found = opened.schema_arrow
        for field in SCHEMAS[kind]:
            index = found.get_field_index(field.name)
            if index < 0 and field.name in ("id", "thread_id"):
                raise Unreadable(f"has no column {field.name}, or two of them")
            if index >= 0 and _family(found.field(index).type) not in (_family(field.type), "null"):
                raise Unreadable(f"the column {field.name} is {found.field(index).type} and not {field.type}")
        for name in found.names:
            if name not in SCHEMAS[kind].names:
                raise Unreadable(f"has an unknown column {name!r:.100}")
        columns = [opened.schema.column(index) for index in range(len(opened.schema))]
        return [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]


def _family(kind: pa.DataType) -> str:
    """The kind of values of a type. Types of different widths are of one kind."""
    if pa.types.is_dictionary(kind):
        return _family(kind.value_type)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"list of {_family(kind.value_type)}"
    families = (
        ("text", (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)),
        ("number", (pa.types.is_integer,)),
        ("time", (pa.types.is_timestamp,)),
        ("bool", (pa.types.is_boolean,)),
        ("null", (pa.types.is_null,)),
    )
    return next((name for name, tests in families if any(test(kind) for test in tests)), str(kind))


def _values(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """Yield the rows as dicts, in slices of a limited size."""
    sizes = [sum(sizes) for sizes in zip(*map(_sizes, batch.columns), strict=True)]
    begin = room = 0
    for index, size in enumerate(sizes):
        if size > MAX_ROW_BYTES:
            yield from batch.slice(begin, index - begin).to_pylist()
            raise Unreadable(f"a row has {size:,} bytes; at most {MAX_ROW_BYTES:,}")
        room += size
        if room > _SLICE_BYTES:
            yield from batch.slice(begin, index - begin).to_pylist()
            begin, room = index, size
    yield from batch.slice(begin).to_pylist()


def _sizes(column: pa.Array) -> list[int]:
    """The bytes of the texts of each row. For a list, as if each of its texts were as long as the longest one."""
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        longest = max(_sizes(column.flatten()), default=0)
        return [(length or 0) * (longest + _ELEMENT_BYTES) for length in pc.list_value_length(column).to_pylist()]
    if pa.types.is_dictionary(column.type):
        used = column.indices.unique().drop_null()
        lengths = dict(zip(used.to_pylist(), pc.binary_length(column.dictionary.take(used)).to_pylist(), strict=True))
        return [lengths.get(index) or 0 for index in column.indices.to_pylist()]
    return [0] * len(column)
