"""An export reads users and threads of any size in bounded parts: in the server, and in its own process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import bson
import pytest
from pymongo import AsyncMongoClient

from threadkeep.keep import Threadkeep
from threadkeep.services import Tuning
from threadkeep.tests.commands import Commands
from threadkeep.tests.factories import make_user
from threadkeep.tests.hostile.test_erasure_parts import copy, is_embedded
from threadkeep.transfer import export

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from pymongo import monitoring

KIB = 1024
PART = 1024 * KIB
"""The bytes of users or threads that one query of an export may load, unless it loads a single one."""


class Cursors(Commands):
    """Listener that also collects the bytes of each query, with all of its replies."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes: dict[int, int] = {}
        self._open = 0

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        reply: Any = event.reply.get("cursor", {})
        rows = reply.get("firstBatch", reply.get("nextBatch", []))
        if "firstBatch" in reply:
            self._open = event.request_id
        self.bytes[self._open] = self.bytes.get(self._open, 0) + sum(len(bson.encode(row)) for row in rows)


@pytest.fixture
def cursors() -> Cursors:
    return Cursors()


@pytest.fixture
async def keep(
    mongo_url: str, emptied_database_name: str, cursors: Cursors, tuning: Tuning
) -> AsyncIterator[Threadkeep]:
    async with (
        AsyncMongoClient[dict[str, Any]](mongo_url, event_listeners=[cursors]) as client,
        Threadkeep(client, database=emptied_database_name, sweep_seconds=None, tuning=tuning) as keep,
    ):
        yield keep


async def store_threads(keep: Threadkeep, size: int, count: int) -> str:
    """A participant, and `count` + 1 threads whose metadata have this size. One of the ids is deleted, one is a stranger's."""
    ada = await make_user(keep)
    first = await keep.thread_service.create_thread([ada.id])
    threads = keep.runtime.documents.threads
    row: Any = await threads.find_one({"_id": first.id})
    await copy(threads, row, count, tool_resources={"a": "x" * size})
    await keep.thread_service.delete_thread(f"{first.id}003")
    await keep.thread_service.create_thread()
    return ada.id


@pytest.mark.slow
@pytest.mark.parametrize("of_one_user", [False, True])
async def test_an_export_reads_large_threads_in_parts(
    keep: Threadkeep, cursors: Cursors, tmp_path: Path, of_one_user: Any
) -> None:
    if not await is_embedded(keep):
        pytest.skip("other servers end each reply at 16 MiB")
    ada = await store_threads(keep, 500 * KIB, 24)
    cursors.bytes.clear()

    report = await export(keep, tmp_path / "all.jsonl", user_id=ada if of_one_user else None)
    lines = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]

    ids = [line["id"] for line in lines if line["object"] == "thread"]
    assert report.threads == len(ids) == (24 if of_one_user else 25)
    assert ids == sorted(set(ids))
    assert max(cursors.bytes.values()) < PART + 600 * KIB


@pytest.mark.parametrize("tuning", [Tuning(export_step_bytes=10 * KIB)])
async def test_the_threads_of_a_group_are_bounded_in_bytes(keep: Threadkeep, cursors: Cursors, tmp_path: Path) -> None:
    await store_threads(keep, 2 * KIB, 24)
    cursors.sent.clear()

    await export(keep, tmp_path / "all.jsonl")

    groups = [command["filter"]["thread_id"] for command in cursors.of("find") if command["find"] == "messages"]
    assert len(groups) >= 4
    assert max(len(group["$in"]) for group in groups) <= 6


@pytest.mark.parametrize("sorted_at_most", ["few", pytest.param("many", marks=pytest.mark.slow)])
async def test_a_part_of_a_range_of_ids_has_the_next_ids_that_match(keep: Threadkeep, sorted_at_most: str) -> None:
    """Few documents of an index are sorted by id. For many, all ids are read in order."""
    if not await is_embedded(keep):
        pytest.skip("other servers ignore the comment")
    users = keep.runtime.documents.database["users"]
    row: Any = await users.find_one({"_id": (await make_user(keep)).id})
    row |= {"given_name": "x" * 100}
    count = 1200 if sorted_at_most == "many" else 60
    rows = [
        row | {"_id": f"user_{number * 7919 % count:04}", "created_at": row["created_at"]} for number in range(count)
    ]
    await users.insert_many([{**one, "oauth_provider": "p" if one["_id"][-1] == "5" else None} for one in rows])
    part: dict[str, Any] = {"comment": {"part_bytes": 8 * KIB}}

    found, start, reads = [], {"$gte": "user_0010"}, 0
    while some := await users.find(
        {"created_at": row["created_at"], "oauth_provider": "p", "_id": start}, **part
    ).to_list():
        found += [one["_id"] for one in sorted(some, key=lambda one: one["_id"])]
        start, reads = {"$gt": found[-1]}, reads + 1

    assert found == sorted(one["_id"] for one in rows if one["_id"][-1] == "5" and one["_id"] >= "user_0010")
    assert reads > (10 if sorted_at_most == "many" else 1)
    assert await users.find({"_id": {"$gt": "user_~"}}, **part).to_list() == []
    assert await users.database["no_such"].find({"_id": {"$gt": "a"}}, **part).to_list() == []
