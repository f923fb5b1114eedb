"""Any file may be imported: odd parts are refused by location, in bounded time and memory, and the rest is imported."""

from __future__ import annotations

import gzip
import json
import shutil
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from threadkeep.documents import ANONYMOUS
from threadkeep.errors import InvalidInput
from threadkeep.transfer import export, import_file
from threadkeep.transfer.importer.reading.bounded_lines import BoundedLines

if TYPE_CHECKING:
    from collections.abc import Callable

    from threadkeep.keep import Threadkeep


SAID: dict[str, Any] = {"role": "user", "content": "x", "created_at": 1_700_000_000}
GOOD = {"thread": {"id": "good"}, "messages": [SAID]}


@pytest.fixture
def keep(shared_keep: Threadkeep) -> Threadkeep:
    return shared_keep


def conversation(**message: Any) -> dict[str, Any]:
    return {"thread": {"id": "t"}, "messages": [SAID | message]}


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


ODD_MESSAGES: list[Any] = [None, [], 5, {}, {"role": []}]
ODD_IDS: list[Any] = ["", "m\0", "m\n", "x" * 5000, [], 5]
ODD_TIMES: list[Any] = [1e300, "0000", [], "-9999-01-01T00:00:00Z"]
ODD_VALUES: list[Any] = [
    *(
        1,
        "x",
        None,
        {"object": []},
        {"object": {"a": 1}},
        {"thread": [], "messages": 1},
        {"object": "user", "id": []},
    ),
    *(
        {"thread": {}, "messages": {}},
        {"thread": {"id": 5}, "messages": [5]},
        {"thread": {"id": "a\0b"}, "messages": []},
    ),
    {"thread": {"id": "t", "participant_ids": ["user_\0"]}, "messages": []},
    {"thread": {"id": "t", "participants": [{"id": []}]}, "messages": []},
    {"thread": {"id": "t", "last_seq": 2**53 - 1}, "messages": []},
    {"thread": {"id": "t", "meta_data": nested(300)}, "messages": []},
    {
        "thread": {"id": "t", "participant_ids": [f"user_{n}{'x' * 100}" for n in range(160_000)]},
        "messages": [],
    },
    *({"thread": {"id": "t"}, "messages": [value]} for value in ODD_MESSAGES),
    *(conversation(seq=seq) for seq in (0, -1, 2**52 + 1, 2**53 - 1, 2**63, 10**30, "1e400")),
    *(conversation(id=name) for name in ODD_IDS),
    *(conversation(created_at=moment) for moment in ODD_TIMES),
    *(conversation(revision=number) for number in (0, 2**63)),
    conversation(meta_data={"a": 2**64}),
    conversation(parts=[{"a\0b": 1}]),
    conversation(parts=[{"a": "x" * 17_000_000}]),
    conversation(content="x" * 17_000_000),
    conversation(object="thread.message", content=[[]]),
    conversation(type="x", item=nested(300)),
]
ODD: dict[str, bytes] = {
    "nested lists": b"[" * 1000 + b"]" * 1000,
    "nested lists of OpenAI": b'{"object":"list","data":[' * 400 + b"]}" * 400,
    "nested too deeply to read": b"[" * 100_000,
    "many elements": b"[" + b"0," * 5_000_000 + b"0]",
    "not UTF-8": b"\xff\xfe\0",
    "a surrogate": b'{"thread":{"id":"t"},"messages":[{"role":"user","created_at":1,"content":"\\ud800"}]}',
    **{f"{value!r:.30}": json.dumps(value).encode() for value in ODD_VALUES},
}


@pytest.mark.parametrize("line", ODD.values(), ids=ODD)
async def test_one_odd_line_is_refused_by_its_number_and_the_others_are_imported(
    keep: Threadkeep, tmp_path: Path, line: bytes
) -> None:
    file = tmp_path / "odd.jsonl"
    file.write_bytes(b'{"object":"list","data":[]}\n' + line + b"\n" + json.dumps(GOOD).encode())

    report = await import_file(keep, file)

    assert (report.threads, report.messages) == (1, 1)
    assert 1 <= report.problem_count <= 2
    assert report.problems[0].location.startswith("line 2")
    assert len(str(report.problems[0])) < 2500
    assert "\n" not in str(report.problems[0])


@pytest.mark.slow
async def test_a_small_file_cannot_take_much_memory(keep: Threadkeep, tmp_path: Path) -> None:
    file = tmp_path / "bomb.gz"
    with gzip.open(file, "wb", 1) as writer:
        writer.write(b'{"object":"list","data":[]}\n{"thread":{"id":"b"},"messages":[{"role":"user","content":"')
        for _ in range(140):
            writer.write(b"x" * 1_000_000)
        writer.write(b'"}]}\n' + json.dumps(GOOD).encode())
    tracemalloc.start()
    try:
        report = await import_file(keep, file)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert file.stat().st_size < 1_000_000
    assert peak < 280 * 1024 * 1024
    assert (report.threads, str(report.problems[0])) == (
        1,
        "line 2: holds more than 134,217,728 bytes: write one conversation per line",
    )


def test_lines_end_at_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    file.write_bytes(b"12345\n123456\n12345")

    with file.open("rb") as raw:
        shown = [line if isinstance(line, bytes) else str(line) for line in BoundedLines(raw, 6)]

    assert shown == [b"12345\n", "holds more than 6 bytes: write one conversation per line", b"12345"]


@pytest.mark.parametrize(
    "data", [b"\x1f\x8b\x08\x00garbage", gzip.compress(b"{}" * 90_000)[:-20]], ids=["damaged", "cut off"]
)
async def test_damaged_compression_is_refused(keep: Threadkeep, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "odd.gz").write_bytes(data)

    report = await import_file(keep, tmp_path / "odd.gz")

    assert report.threads == 0
    assert "cannot be read" in str(report.problems[0])


@pytest.mark.slow
async def test_reads_and_writes_of_a_thread_with_a_wide_gap_take_no_longer(keep: Threadkeep, tmp_path: Path) -> None:
    file = tmp_path / "gap.json"
    gap = [SAID | {"seq": 1}, SAID | {"seq": 3_000_000}, SAID | {"seq": 2**52}]
    file.write_text(json.dumps({"thread": {"id": "gap", "last_seq": 2**52}, "messages": gap}))
    began = time.monotonic()

    assert (await import_file(keep, file)).messages == 3
    for order in ("asc", "desc"):
        assert len(await keep.message_service.list_messages("gap", order=order)) == 3
        assert len(await keep.message_service.list_messages("gap", order=order, role="user")) == 3
    assert len(await keep.message_service.get_formatted_messages("gap")) == 3
    assert (await keep.message_service.create_message("gap", "more")).seq == 2**52 + 1
    assert (await export(keep, tmp_path / "out.jsonl")).messages == 4
    await keep.thread_service.delete_thread("gap")
    assert time.monotonic() - began < 20


async def test_a_sender_that_is_no_id_is_kept_and_becomes_no_user(keep: Threadkeep, tmp_path: Path) -> None:
    file = tmp_path / "senders.json"
    senders = ("user_a\0b", "user_ x", f"user_{'x' * 500}", "", ANONYMOUS, "user_good")
    messages = [SAID | {"sender_id": name, "id": f"m{index}"} for index, name in enumerate(senders)]
    file.write_text(json.dumps({"thread": {"id": "t"}, "messages": messages}))

    report = await import_file(keep, file)

    assert (report.messages, report.users, report.problem_count) == (6, 1, 0)
    assert [record.sender_id for record in await keep.message_service.list_messages("t")] == list(senders)


@pytest.fixture(scope="module")
async def exported(opened_keep: Threadkeep, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of two threads with three messages each. The database is empty again."""
    folder = tmp_path_factory.mktemp("exported") / "tables"
    for _ in range(2):
        thread = await opened_keep.thread_service.create_thread()
        for _ in range(3):
            await opened_keep.message_service.create_message(thread.id, "hi", meta_data={"a": 1})
    await export(opened_keep, folder, format="parquet")
    await opened_keep.runtime.documents.threads.delete_many({})
    await opened_keep.runtime.documents.messages.delete_many({})
    return folder


@pytest.fixture
def tables(exported: Path, tmp_path: Path) -> Path:
    """A copy of `exported` for one test."""
    return Path(shutil.copytree(exported, tmp_path / "tables"))


def part(folder: Path, kind: str = "messages") -> Path:
    return next((folder / kind).glob("*.parquet"))


def with_column(name: str, *values: Any, kind: str = "messages") -> Callable[[Path], None]:
    """A change of an export: a column of these values in each row, or of the array that a function makes."""

    def change(folder: Path) -> None:
        table = pq.read_table(part(folder, kind))
        column = values[0]() if callable(values[0]) else pa.array(list(values) * table.num_rows)
        index = table.schema.get_field_index(name)
        table = table.append_column(name, column) if index < 0 else table.set_column(index, name, column)
        pq.write_table(table, part(folder, kind), compression="zstd")

    return change


def a_folder(folder: Path) -> None:
    """A folder has the name of a part."""
    part(folder).unlink()
    (folder / "messages/part-00001.parquet").mkdir()


def same_long_text(folder: Path) -> None:
    """Each of six rows has the same 70 MB, which the file holds once."""
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 6, pa.int32()), pa.array(["x" * 70_000_000]))
    table = pq.read_table(part(folder))
    table = table.set_column(table.schema.get_field_index("content"), "content", column)
    pq.write_table(table, part(folder), compression="zstd", dictionary_pagesize_limit=200_000_000)


TABLES: dict[str, Callable[[Path], Any]] = {
    "not Parquet": lambda folder: part(folder).write_bytes(b"junk"),
    "empty": lambda folder: part(folder).write_bytes(b""),
    "cut off": lambda folder: part(folder).write_bytes(part(folder).read_bytes()[:-100]),
    "no ids": lambda folder: pq.write_table(pq.read_table(part(folder)).drop(["id"]), part(folder)),
    "numbers as ids": with_column("id", 1),
    "lists as content": with_column("content", [[1]]),
    "no JSON": with_column("meta_data", "{"),
    "deep JSON": with_column("meta_data", "[" * 5000),
    "JSON of another type": with_column("meta_data", "[]"),
    "JSON of a thread": with_column("meta_data", "{", kind="threads"),
    "far dates": with_column("created_at", lambda: pa.array([2**62] * 6, pa.timestamp("ms", "UTC"))),
    "unknown zone": with_column("created_at", lambda: pa.array([1] * 6, pa.timestamp("ms", "Mars/X"))),
    "NUL in ids": with_column("id", "m\0"),
    "no thread": with_column("thread_id", lambda: pa.array([None] * 6, pa.string())),
    "unknown column": with_column("extra", 1),
    "largest number": with_column("seq", 2**63 - 1),
    "long lists": with_column("participant_ids", ["y" * 1000] * 100_000, kind="threads"),
    "long texts": same_long_text,
    "a folder": a_folder,
}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(change, marks=pytest.mark.slow if name.startswith("long") else ())
        for name, change in TABLES.items()
    ],
    ids=TABLES,
)
async def test_odd_parquet_is_refused_by_its_file_or_row(
    keep: Threadkeep, tables: Path, change: Callable[[Path], Any]
) -> None:
    change(tables)

    report = await import_file(keep, tables)

    assert report.problem_count
    assert report.messages == 0
    assert str(report.problems[0]).startswith(("messages/part-00001.parquet", "threads/part-00001.parquet"))


@pytest.mark.parametrize("manifest", [b"[]", b"{}", b"\xff", b"null"])
async def test_an_odd_manifest_is_refused(keep: Threadkeep, tables: Path, manifest: bytes) -> None:
    (tables / "export.json").write_bytes(manifest)

    with pytest.raises(InvalidInput, match=r"export\.json"):
        await import_file(keep, tables)


async def test_a_file_that_no_export_wrote_is_left_out(keep: Threadkeep, tables: Path) -> None:
    shutil.copy(part(tables), tables / "messages" / "part-x.parquet")

    assert (await import_file(keep, tables)).messages == 6
