from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import InvalidInput
from threadkeep.services import Tuning
from threadkeep.services.deletion.purge import mark_deleted
from threadkeep.tests.transfer.conversations import native_conversation
from threadkeep.transfer import export, import_file
from threadkeep.transfer.exporter.checkpoint import Lock
from threadkeep.transfer.exporter.cursor import ExportPosition, Sizes, read_steps
from threadkeep.transfer.exporter.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from threadkeep.documents import Documents
    from threadkeep.keep import Threadkeep
    from threadkeep.tests.transfer.conftest import Write

    Killed = Callable[[dict[Path, int]], list[int]]

KILLED = """
import asyncio, os, sys
from threadkeep.keep import Threadkeep
from threadkeep.transfer import export

url, database, *exports = sys.argv[1:]

async def run(path, steps):
    seen = []

    def die(done, total):
        seen.append(done)
        if len(seen) == int(steps):
            os._exit(9)

    async with Threadkeep.connect(url, database=database, sweep_seconds=None, timeout_seconds=30) as keep:
        await export(keep, path, format=path.rpartition(".")[2], on_progress=die, step_rows=4, part_rows=4)

for path, steps in zip(exports[::2], exports[1::2]):
    if not (child := os.fork()):
        asyncio.run(run(path, steps))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


export_in_small_steps = partial(export, step_rows=4, part_rows=4)
"""Exports in steps and Parquet parts of four rows. A thread of more than four messages is long."""


@pytest.fixture
async def filled(keep: Threadkeep, write: Write) -> Threadkeep:
    """A Threadkeep with threads of 0 to 3 messages and two long threads."""
    lengths = {"a": 1, "b": 10, "c": 0, "d": 3, "e": 2, "f": 9, "g": 1}
    await import_file(keep, write(*(native_conversation(name, length=length) for name, length in lengths.items())))
    return keep


@pytest.fixture
def killed(filled: Threadkeep, mongo_url: str, database_name: str) -> Killed:
    """Returns a function that runs exports and returns their exit codes. Each process dies after the given steps.

    The suffix of each path is the format of its export.
    """
    assert filled

    def export_and_die(exports: dict[Path, int]) -> list[int]:
        arguments = [str(value) for export in exports.items() for value in export]
        command = [sys.executable, "-c", KILLED, mongo_url, database_name, *arguments]
        return [*map(int, subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())]

    return export_and_die


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def ids(path: Path) -> list[str]:
    return [line["id"] for line in lines(path) if "id" in line]


async def test_export_writes_one_line_for_each_row_in_order(filled: Threadkeep, tmp_path: Path) -> None:
    await export(filled, tmp_path / "all.jsonl")
    header, *body, end = lines(tmp_path / "all.jsonl")

    assert (header["object"], header["format"], header["selection"]) == ("export", 1, {})
    assert end == {"object": "export.end", "users": 1, "threads": 7, "messages": 26}
    assert [line["id"] for line in body[:5]] == [
        "user_ada",
        "thread_a",
        "message_a_1",
        "thread_b",
        "message_b_1",
    ]
    assert body[2]["created_at"] == "2023-11-14T22:13:21.000Z"
    assert names_in(tmp_path) == ["all.jsonl", "input.jsonl"]


async def test_export_is_the_same_in_steps_of_any_size(filled: Threadkeep, tmp_path: Path) -> None:
    await export_in_small_steps(filled, tmp_path / "small.jsonl")
    await export(filled, tmp_path / "large.jsonl")

    assert lines(tmp_path / "small.jsonl")[1:] == lines(tmp_path / "large.jsonl")[1:]


async def test_reading_continues_from_every_position(filled: Threadkeep) -> None:
    documents = filled.runtime.documents

    async def seen(position: ExportPosition) -> list[tuple[ExportPosition, list[str]]]:
        return [
            (step.position, [row["_id"] for piece in step.pieces for row in piece.messages])
            async for step in read_steps(documents, Selection(), position, Sizes(4))
        ]

    whole = await seen(ExportPosition())
    for number, (position, _) in enumerate(whole, 1):
        rest = [name for _, names in whole[number:] for name in names]
        assert [name for _, names in await seen(position) for name in names] == rest
    assert all(len(names) <= 4 for _, names in whole)


@pytest.mark.slow
async def test_export_resumes_a_killed_export(filled: Threadkeep, tmp_path: Path, killed: Killed) -> None:
    after = {tmp_path / f"{steps}.jsonl": steps for steps in (1, 3, 7)}
    columns = tmp_path / "all.parquet"
    assert killed({**after, columns: 4}) == [9, 9, 9, 9]
    with pytest.raises(InvalidInput, match="no complete export"):
        await import_file(filled, columns)

    await export_in_small_steps(filled, tmp_path / "whole.jsonl")
    for path in after:
        with path.with_name(f"{path.name}.part").open("ab") as file:
            file.write(b'{"object":"message","id":"message_half')
        report = await export_in_small_steps(filled, path)

        assert (report.resumed, report.users, report.threads, report.messages) == (True, 1, 7, 26)
        assert lines(path)[1:] == lines(tmp_path / "whole.jsonl")[1:]
    assert (await export_in_small_steps(filled, columns, format="parquet")).resumed
    imported = await import_file(filled, columns)
    assert (imported.threads_present, imported.messages_present, imported.problems) == (7, 26, [])
    assert {name.partition("-")[0] for name in names_in(columns)} == {"export.json", "part"}


async def test_export_resumes_after_its_current_thread_was_deleted(
    filled: Threadkeep, tmp_path: Path, documents: Documents
) -> None:
    path = tmp_path / "all.jsonl"

    def stop(done: int, _: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await export_in_small_steps(filled, path, on_progress=stop)
    await mark_deleted(documents, "thread_b")

    report = await export_in_small_steps(filled, path)

    assert report.resumed
    assert {"thread_c", "thread_g"} <= {*ids(path)}
    assert "message_b_10" not in ids(path)


async def test_export_of_a_user_contains_the_threads_and_no_other_user(
    keep: Threadkeep, write: Write, tmp_path: Path
) -> None:
    both: dict[str, Any] = {"participant_ids": ["user_ada", "user_bob"]}
    conversations = [native_conversation("both", **both), native_conversation("ada", participant_ids=["user_ada"])]
    await import_file(keep, write(*conversations))

    await export(keep, tmp_path / "bob.jsonl", user_id="user_bob")

    assert ids(tmp_path / "bob.jsonl") == [
        "user_bob",
        "thread_both",
        "message_both_1",
        "message_both_2",
        "message_both_3",
    ]


async def test_export_of_a_period_contains_its_messages_and_their_threads(
    keep: Threadkeep, write: Write, tmp_path: Path
) -> None:
    later = native_conversation("later", created_at=1_700_000_001)
    later["messages"][0]["created_at"] = later["messages"][1]["created_at"] = 1_700_000_500
    later["messages"][2]["created_at"] = 1_700_000_900
    empty = [native_conversation(name, length=0, created_at=at) for name, at in (("in", 1_700_000_400), ("out", 5))]
    await import_file(keep, write(native_conversation("early"), later, *empty))
    since = datetime.fromtimestamp(1_700_000_400, UTC)
    until = datetime.fromtimestamp(1_700_000_900, UTC)

    await export(keep, tmp_path / "time.jsonl", since=since, until=until)

    assert ids(tmp_path / "time.jsonl") == [
        "user_ada",
        "thread_in",
        "thread_later",
        "message_later_1",
        "message_later_2",
    ]


async def test_exports_of_two_periods_contain_each_message_once(filled: Threadkeep, tmp_path: Path) -> None:
    middle = datetime.fromtimestamp(1_700_000_004, UTC)
    await export(filled, tmp_path / "first.jsonl", until=middle)
    await export(filled, tmp_path / "second.jsonl", since=middle)
    await export(filled, tmp_path / "all.jsonl")
    first, second, whole = (
        [name for name in ids(tmp_path / f"{name}.jsonl") if name.startswith("message")]
        for name in ("first", "second", "all")
    )

    assert sorted(first + second) == sorted(whole)


async def test_export_refuses_to_overwrite_an_export_unless_restart_is_true(filled: Threadkeep, tmp_path: Path) -> None:
    await export(filled, tmp_path / "all.jsonl")

    with pytest.raises(InvalidInput, match="is there already"):
        await export(filled, tmp_path / "all.jsonl")
    assert (await export(filled, tmp_path / "all.jsonl", restart=True)).messages == 26


async def test_export_refuses_to_resume_with_another_selection(filled: Threadkeep, tmp_path: Path) -> None:
    def stop(done: int, _: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await export_in_small_steps(filled, tmp_path / "all.jsonl", on_progress=stop)

    with pytest.raises(InvalidInput, match="another selection"):
        await export_in_small_steps(filled, tmp_path / "all.jsonl", user_id="user_ada")
    assert (
        await export_in_small_steps(filled, tmp_path / "all.jsonl", user_id="user_ada", restart=True)
    ).messages == 26


async def test_two_exports_cannot_write_one_file(filled: Threadkeep, tmp_path: Path) -> None:
    lock = Lock(tmp_path / "all.jsonl.lock")

    with pytest.raises(InvalidInput, match="another export is writing"):
        await export(filled, tmp_path / "all.jsonl")
    lock.release()
    assert (await export(filled, tmp_path / "all.jsonl")).messages == 26


async def test_a_step_ends_with_its_bytes_whatever_field_holds_them(keep: Threadkeep, write: Write) -> None:
    conversation = native_conversation("long", length=20)
    for message in conversation["messages"]:
        message["meta_data"] = {"note": "x" * 1000}
    await import_file(keep, write(conversation))

    sizes = Sizes(tuning=Tuning(export_step_bytes=5000))
    steps = [step async for step in read_steps(keep.runtime.documents, Selection.of(), ExportPosition(), sizes)]

    assert [sum(len(piece.messages) for piece in step.pieces) for step in steps] == [4, 4, 4, 4, 4, 0]
