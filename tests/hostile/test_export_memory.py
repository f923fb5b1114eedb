"""An export holds a bounded number of bytes at once, with rows of any size, and leaves nothing out."""

from __future__ import annotations

import json
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import AsyncMongoClient

from threadkeep.keep import Threadkeep
from threadkeep.services import Tuning, row_size
from threadkeep.testing import mongomock_client
from threadkeep.transfer import export
from threadkeep.transfer.exporter.cursor import ExportPosition, Sizes, read_steps
from threadkeep.transfer.exporter.selection import Selection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

KIB = 1024
MIB = 1024 * KIB
EVERYTHING = Selection.of()


@pytest.fixture(params=["server", "memory"])
async def keep(request: Any, mongo_url: str, emptied_database_name: str, tuning: Tuning) -> AsyncIterator[Threadkeep]:
    if request.param == "memory":
        async with Threadkeep(mongomock_client(), sweep_seconds=None, tuning=tuning) as keep:
            yield keep
        return
    async with (
        AsyncMongoClient[dict[str, Any]](mongo_url) as client,
        Threadkeep(client, database=emptied_database_name, sweep_seconds=None, tuning=tuning) as keep,
    ):
        yield keep


async def fill(keep: Threadkeep, sizes: list[list[int]], **shape: Any) -> None:
    """Store threads whose messages have texts of these sizes. `shape` are fields of each message."""
    for texts in sizes:
        thread = await keep.thread_service.create_thread()
        first = await keep.message_service.create_message(thread.id, "x", role="assistant")
        messages = keep.runtime.documents.messages
        row: Any = await messages.find_one({"_id": first.id})
        for number, size in enumerate(texts, 2):
            text = "x" * size
            copied: Any = {**row, "_id": f"{first.id}{number}", "seq": number, "meta_data": {"a": text}, **shape}
            await messages.insert_one(copied)
        count = len(texts) + 1
        await keep.runtime.documents.threads.update_one(
            {"_id": thread.id}, {"$set": {"last_seq": count, "message_count": count}}
        )


MIXED = [[10] * 5, [400 * KIB] * 14, [], [10, 3 * MIB, 10], [200 * KIB] * 3, [700 * KIB] * 2, [5 * MIB], [1]]


@pytest.mark.slow
async def test_a_step_ends_at_its_bytes(keep: Threadkeep) -> None:
    """The bytes of any field count."""
    bounds = Sizes(tuning=Tuning(export_step_bytes=2 * MIB, export_read_bytes=MIB))
    await fill(keep, MIXED)

    steps = [step async for step in read_steps(keep.runtime.documents, EVERYTHING, ExportPosition(), bounds)]

    for step in steps:
        rows = [row for piece in step.pieces for row in piece.messages]
        sizes = [row_size(row) for row in rows]
        assert sum(sizes[:-1]) <= 2 * MIB
    assert len(steps) >= 4  # how many depends on the order of the random ids
    found = [(row["thread_id"], row["seq"]) for step in steps for piece in step.pieces for row in piece.messages]
    assert found == sorted(found)
    assert len(found) == sum(len(texts) + 1 for texts in MIXED)
    assert sum(piece.begins for step in steps for piece in step.pieces) == len(MIXED)


@pytest.mark.parametrize("tuning", [Tuning(export_read_bytes=20 * KIB, export_step_bytes=30 * KIB)])
@pytest.mark.parametrize(
    "step_rows", [pytest.param(1, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow), 1000]
)
async def test_rows_that_are_read_in_parts_are_exported_once_and_in_order(
    keep: Threadkeep, tmp_path: Path, step_rows: int
) -> None:
    await fill(keep, [[size // 32 for size in texts] for texts in MIXED])
    for _ in range(3):
        await keep.user_service.create_user(full_name="x" * 200)
    await keep.message_service.delete_message((await keep.message_service.list_messages(await longest(keep)))[3].id)

    report = await export(keep, tmp_path / "all.jsonl", step_rows=step_rows)
    lines = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]

    messages = [(line["thread_id"], line["seq"]) for line in lines if line["object"] == "message"]
    expected = sum(len(texts) + 1 for texts in MIXED) - 1
    assert (report.users, report.threads, report.messages) == (3, len(MIXED), expected)
    assert messages == sorted(set(messages))
    assert len(messages) == expected


async def longest(keep: Threadkeep) -> str:
    row: Any = await keep.runtime.documents.threads.find_one(sort=[("last_seq", -1)])
    return str(row["_id"])


@pytest.mark.slow
@pytest.mark.parametrize("keep", ["server"], indirect=True)  # the other one has the database in this process
@pytest.mark.parametrize(
    "format", [pytest.param("jsonl", marks=pytest.mark.chaos), pytest.param("parquet", marks=pytest.mark.chaos)]
)
async def test_an_export_of_large_rows_takes_little_memory(keep: Threadkeep, tmp_path: Path, format: Any) -> None:  # noqa: A002
    await fill(keep, [[500 * KIB] * 50, *[[900 * KIB] * 2 for _ in range(10)]])
    tracemalloc.start()
    try:
        await export(keep, tmp_path / "all", format=format)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < (60 if format == "jsonl" else 130) * MIB
