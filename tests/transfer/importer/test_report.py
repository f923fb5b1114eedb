from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from threadkeep.errors import InvalidInput, ThreadNotFound
from threadkeep.services import Sweeper
from threadkeep.services.creation.bulk import BulkThread
from threadkeep.services.deletion.purge import mark_deleted
from threadkeep.tests.transfer.conversations import native_conversation, native_message
from threadkeep.transfer import import_file

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.documents import Documents
    from threadkeep.keep import Threadkeep
    from threadkeep.tests.transfer.conftest import Write

HEADER = {"object": "export", "format": 1, "schema_version": 1, "exported_at": "2026-01-01T00:00:00Z", "selection": {}}


import_in_small_parts = partial(import_file, part_rows=3)
"""Imports in parts of three rows. A thread of more than three messages is long."""


async def problems(keep: Threadkeep, path: Path) -> list[str]:
    return [str(problem) for problem in (await import_file(keep, path)).problems]


async def stored_rows(documents: Documents, thread_id: str) -> int:
    messages = await documents.messages.count_documents({"thread_id": thread_id})
    return messages + await documents.threads.count_documents({"_id": thread_id})


async def test_import_refuses_a_thread_with_an_error_and_stores_the_others(
    keep: Threadkeep, documents: Documents, write: Write
) -> None:
    faulty = native_conversation("one")
    faulty["messages"][1]["role"] = "wizard"

    report = await import_file(keep, write(native_conversation("zero"), faulty, native_conversation("two")))

    assert [(problem.location, problem.thread_id) for problem in report.problems] == [
        ("line 2, messages[1]", "thread_one")
    ]
    assert (report.threads, report.messages) == (2, 6)
    assert await stored_rows(documents, "thread_one") == 0


async def test_import_of_a_missing_file_is_refused(keep: Threadkeep, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="there is no"):
        await import_file(keep, tmp_path / "nothing.json")


async def test_import_refuses_the_last_thread_of_a_truncated_export(
    keep: Threadkeep, documents: Documents, write: Write
) -> None:
    lines = [{"id": f"thread_{name}", "object": "thread", "participant_ids": []} for name in ("one", "two")]
    found = await problems(keep, write(HEADER, lines[0], native_message(1), lines[1], native_message(2)))

    assert found == ["the end of the file: the export was cut off here: its last line is missing"]
    assert await stored_rows(documents, "thread_two") == 0
    assert (await keep.thread_service.get_thread("thread_one")).message_count == 1


async def test_import_stores_long_threads_in_parts(keep: Threadkeep, documents: Documents, write: Write) -> None:
    path = write(native_conversation("short"), native_conversation("long", length=10), native_conversation("last"))

    report = await import_in_small_parts(keep, path)
    messages = await keep.message_service.list_messages("thread_long")
    again = await import_in_small_parts(keep, path)

    assert (report.threads, report.messages, report.problems) == (3, 16, [])
    assert [message.content for message in messages] == [f"number {number}" for number in range(1, 11)]
    row = await documents.threads.find_one({"_id": "thread_long"})
    assert row is not None
    assert (row["message_count"], row["last_seq"], row["participant_ids"]) == (10, 10, ["user_ada"])
    assert row["created_at"] == row["updated_at"]
    assert "creating" not in row
    assert (again.threads_present, again.messages_present, again.problems) == (3, 16, [])


@pytest.mark.parametrize("error", ["invalid", "stranger"])
async def test_import_removes_all_rows_of_a_long_thread_with_an_error_at_its_end(
    keep: Threadkeep, documents: Documents, write: Write, error: str
) -> None:
    long = native_conversation("long", length=10)
    match error:
        case "invalid":
            long["messages"][9]["role"] = "wizard"
        case _:
            long["thread"]["participant_ids"] = ["somebody"]

    report = await import_in_small_parts(keep, write(native_conversation("one"), long, native_conversation("two")))

    assert [problem.thread_id for problem in report.problems] == ["thread_long"]
    assert (report.threads, report.messages) == (2, 6)
    assert await stored_rows(documents, "thread_long") == 0


async def test_import_compares_all_messages_of_long_threads(keep: Threadkeep, write: Write) -> None:
    long = native_conversation("long", length=10)
    await import_in_small_parts(keep, write(long))
    await keep.message_service.update_message("message_long_10", content="edited since")

    report = await import_in_small_parts(keep, write(long))

    assert report.threads_present == 0
    assert report.problems[0].reason.endswith("message 'message_long_10' has another content there")


async def test_import_hides_a_thread_until_it_is_complete(keep: Threadkeep, documents: Documents, write: Write) -> None:
    await import_file(keep, write(native_conversation("one", participant_ids=["user_ada"])))
    thread = await documents.threads.find_one({"_id": "thread_one"})
    assert thread is not None
    rows = [row | {"_id": f"copy_{row['seq']}", "thread_id": "thread_b"} async for row in documents.messages.find()]
    bulk = BulkThread(documents, "thread_b")
    await bulk.begin(thread | {"_id": "thread_b"})
    await bulk.write(rows[:2])

    with pytest.raises(ThreadNotFound):
        await keep.message_service.list_messages("thread_b")
    assert await keep.thread_service.list_threads("user_ada") == ["thread_one"]
    await Sweeper(documents, keep.runtime.appender.sequencer, every_seconds=1).sweep()
    await bulk.write(rows[2:])
    await bulk.end(thread | {"_id": "thread_b"})

    assert len(await keep.message_service.list_messages("thread_b")) == 3
    assert await keep.thread_service.list_threads("user_ada") == ["thread_one", "thread_b"]


async def test_import_completes_the_thread_of_a_killed_import(
    keep: Threadkeep, documents: Documents, write: Write
) -> None:
    path = write(native_conversation("one"))
    await import_file(keep, path)
    thread = await documents.threads.find_one({"_id": "thread_one"})
    rows = await documents.messages.find().sort("seq", 1).to_list()
    assert thread is not None
    await documents.threads.delete_many({})
    await documents.messages.delete_many({})
    killed = BulkThread(documents, "thread_one")
    await killed.begin(thread)
    await killed.write(rows[:2])

    report = await import_file(keep, path)

    assert (report.threads, report.messages, report.problems) == (1, 3, [])
    assert len(await keep.message_service.list_messages("thread_one")) == 3


async def test_import_refuses_a_thread_whose_purge_is_not_complete(
    keep: Threadkeep, documents: Documents, write: Write
) -> None:
    path = write(native_conversation("one"))
    await import_file(keep, path)
    await mark_deleted(documents, "thread_one")

    found = await problems(keep, path)

    assert len(found) == 1
    assert "thread 'thread_one' was deleted a moment ago and is still being removed" in found[0]


async def test_import_restores_a_deleted_thread_after_its_tombstone_is_removed(
    keep: Threadkeep, documents: Documents, write: Write
) -> None:
    path = write(native_conversation("one"))
    await import_file(keep, path)
    await mark_deleted(documents, "thread_one")
    await Sweeper(documents, keep.runtime.appender.sequencer, every_seconds=1).sweep()
    assert len(await problems(keep, path)) == 1
    await documents.deleted_threads.find_all().delete()

    assert await problems(keep, path) == []
    assert len(await keep.message_service.list_messages("thread_one")) == 3
