"""A small Parquet file takes little memory, with any sizes and encodings of its pages and any false sizes in its headers."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadkeep.transfer.importer.parquet.page_bounds import rows_at_once
from threadkeep.transfer.importer.parquet.page_headers import ParquetPage, pages
from threadkeep.transfer.importer.parquet.rows import rows_of
from threadkeep.transfer.importer.reading import Unreadable
from threadkeep.transfer.parquet_schema import SCHEMAS

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1024 * 1024
# The program prints by how many MiB the reading raised the peak of the process, and the text of the error.
READ = """
import sys
from pathlib import Path
from threadkeep.transfer.importer.parquet.rows import rows_of

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

before, error = peak(), ""
try:
    for row in rows_of(Path(sys.argv[1]), sys.argv[2]):
        pass
except ValueError as raised:
    error = str(raised)
print((peak() - before) // 1024, error)
"""


def written(file: Path, kind: str, rows: int, how: dict[str, Any] | None = None, **columns: Any) -> Path:
    """A file whose rows have an id, and these columns."""
    found = {"id": pa.array([f"id{index}" for index in range(rows)]), **columns}
    if kind == "messages":
        found["thread_id"] = pa.array(["t"] * rows)
    values = {name: found.get(name, pa.nulls(rows, SCHEMAS[kind].field(name).type)) for name in SCHEMAS[kind].names}
    pq.write_table(pa.table(values), file, compression="zstd", **(how or {}))
    return file


def texts(rows: int, size: int) -> Any:
    return pa.array(["x" * size] * rows)


def lists(rows: int, length: int, size: int = 1) -> Any:
    return pa.array([["x" * size] * length] * rows)


PLAIN = {"use_dictionary": False}
BIG = {"dictionary_pagesize_limit": 2**30}
DELTA = {"use_dictionary": False, "column_encoding": {"content": "DELTA_BYTE_ARRAY"}}
LENGTHS = {"use_dictionary": False, "column_encoding": {"content": "DELTA_LENGTH_BYTE_ARRAY"}}
# Functions make the columns, because they have gigabytes.
HUGE: dict[str, Any] = {
    "a page of many rows": ("messages", 1000, PLAIN, lambda: {"content": texts(1000, 480_000)}),
    "a page of two rows": ("messages", 2, PLAIN, lambda: {"content": texts(2, 60 * MIB)}),
    "many large pages": (
        "messages",
        4000,
        PLAIN | {"write_batch_size": 100},
        lambda: {"content": texts(4000, 160_000)},
    ),
    "a dictionary": ("messages", 2, BIG, lambda: {"content": pa.array(["x" * 70 * MIB, "y" * 70 * MIB])}),
    "pages of several columns": (
        "messages",
        100,
        PLAIN,
        lambda: {name: texts(100, MIB) for name in ("content", "parts", "item", "meta_data")},
    ),
    "beginnings that repeat": ("messages", 400, DELTA, lambda: {"content": texts(400, MIB)}),
    "lengths that repeat": ("messages", 400, LENGTHS, lambda: {"content": texts(400, MIB)}),
    "a long list": ("threads", 2, BIG, lambda: {"participant_ids": lists(2, 10_000_000)}),
    "a list of long texts": ("threads", 2, BIG, lambda: {"participant_ids": lists(2, 300_000, 1000)}),
}


SHORT = ("a page of two rows", "beginnings that repeat")


@pytest.mark.slow
@pytest.mark.parametrize(
    "shape",
    [pytest.param(shape, id=name, marks=[] if name in SHORT else [pytest.mark.chaos]) for name, shape in HUGE.items()],
)
def test_a_small_parquet_file_cannot_take_much_memory(tmp_path: Path, shape: Any) -> None:
    kind, rows, how, columns = shape
    file = written(tmp_path / "part-00001.parquet", kind, rows, how, **columns())

    done = subprocess.run([sys.executable, "-c", READ, file, kind], capture_output=True, text=True, check=True)
    grown = int(done.stdout.split()[0])

    assert file.stat().st_size < MIB
    assert grown < 320


def test_pages_are_refused_before_they_are_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path / "f", "messages", 2, PLAIN, content=texts(2, 60_000))
    monkeypatch.setattr(pq.ParquetFile, "iter_batches", None)

    with pytest.raises(Unreadable, match="has pages of more than 100,000 bytes; write it with smaller row groups"):
        next(rows_of(file, "messages", max_pages_bytes=100_000))


@pytest.mark.parametrize("encoding", ["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"])
def test_encodings_whose_values_are_larger_than_their_page_are_refused(tmp_path: Path, encoding: str) -> None:
    how = {"use_dictionary": False, "column_encoding": {"content": encoding}}
    file = written(tmp_path / "f", "messages", 9, how, content=texts(9, 9))

    with pytest.raises(Unreadable, match="an encoding other than PLAIN, RLE and DICTIONARY"):
        next(rows_of(file, "messages"))


def test_sizes_that_the_end_of_a_file_says_are_not_believed(tmp_path: Path) -> None:
    """The sizes of pages stand in the file twice. Only those at the page count."""
    file = written(tmp_path / "f", "messages", 2, PLAIN, content=texts(2, 60_000))
    index = SCHEMAS["messages"].names.index("content")
    true_size = pq.read_metadata(file).row_group(0).column(index).total_uncompressed_size
    length = len(varint(true_size * 2))
    file.write_bytes(file.read_bytes().replace(varint(true_size * 2), varint(2000, length)))

    assert pq.read_metadata(file).row_group(0).column(index).total_uncompressed_size == 1000
    with pytest.raises(Unreadable, match="has pages of more than"):
        next(rows_of(file, "messages", max_pages_bytes=100_000))


def varint(number: int, length: int = 0) -> bytes:
    """A number as Thrift writes it, in at least so many bytes."""
    found = bytearray()
    while number > 127 or len(found) < length - 1:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


@given(
    sizes=st.lists(st.integers(0, 3000), min_size=1, max_size=60),
    page_bytes=st.sampled_from([1, 1000, 10**6]),
    version=st.sampled_from(["1.0", "2.0"]),
    dictionary=st.booleans(),
    compression=st.sampled_from(["none", "zstd", "snappy"]),
)
def test_pages_are_found_as_they_were_written(
    sizes: list[int], page_bytes: int, version: Any, dictionary: Any, compression: str
) -> None:
    file = BytesIO()
    table = pa.table({"content": [str(index) * size for index, size in enumerate(sizes)]})
    pq.write_table(
        table,
        file,
        data_page_size=page_bytes,
        write_batch_size=5,
        data_page_version=version,
        use_dictionary=dictionary,
        compression=compression,
    )
    metadata = pq.read_metadata(file)
    column = metadata.row_group(0).column(0)
    start = column.dictionary_page_offset or column.data_page_offset

    found = list(pages(file, start, column.total_compressed_size, column.num_values))

    assert sum(page.values for page in found if not page.is_dictionary) == len(sizes)
    assert [page.is_dictionary for page in found].count(True) == int(column.has_dictionary_page)
    assert rows_at_once(file, metadata, 0, ["content"]) == 1000


@given(st.binary(max_size=60))
def test_damaged_headers_are_refused(data: bytes) -> None:
    found: list[Any] = []
    with suppress(Unreadable):
        found += pages(BytesIO(data), 0, len(data), 1000)

    assert all(isinstance(page, ParquetPage) for page in found)
