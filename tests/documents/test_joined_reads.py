"""Reads of threads that begin together are one command, and each caller gets what its own read would get."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pymongo
import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure, PyMongoError

from threadkeep.documents.fast_reads import FastReads
from threadkeep.documents.joined_reads import JoinedReads
from threadkeep.tests.commands import Commands
from threadkeep.tests.faults.fail_points import failing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pymongo import MongoClient

    from threadkeep.keep import Threadkeep

NAME = "threadkeep-joined-reads"


@pytest.fixture
def keep(shared_keep: Threadkeep) -> Threadkeep:
    """These tests only call services."""
    return shared_keep


class Watched:
    """Joined reads through a client of their own, and the commands of this client."""

    def __init__(self, client: AsyncMongoClient[dict[str, Any]], database: str, commands: Commands) -> None:
        self.reads = JoinedReads(FastReads(client[database], "threads"))
        self.commands = commands

    def finds(self) -> int:
        return len(self.commands.of("find"))


@pytest.fixture
async def watched(mongo_url: str, keep: Threadkeep) -> AsyncIterator[Watched]:
    commands = Commands()
    async with AsyncMongoClient[dict[str, Any]](
        mongo_url, appname=NAME, timeoutMS=20_000, event_listeners=[commands]
    ) as client:
        yield Watched(client, keep.runtime.documents.database.name, commands)


async def threads_of(keep: Threadkeep, count: int) -> list[str]:
    return [(await keep.thread_service.create_thread()).id for _ in range(count)]


@pytest.mark.parametrize("count", [1, 2, 15, 16, 17, 40])
async def test_each_caller_gets_its_thread_in_few_commands(keep: Threadkeep, watched: Watched, count: int) -> None:
    ids = await threads_of(keep, min(count, 20))
    gone = ids[-1]
    await keep.thread_service.delete_thread(gone)
    asked = ([*ids, "thread_of_nobody"] * count)[:count]

    found = await asyncio.gather(*(watched.reads.find_one(one) for one in asked))

    assert [row and row["_id"] for row in found] == [
        None if one in (gone, "thread_of_nobody") else one for one in asked
    ]
    rows = [row for row in found if row is not None]
    assert len({id(row) for row in rows}) == len(rows)
    if count == 16:
        assert watched.finds() == 2


async def test_a_read_sees_what_was_written_before_its_call(keep: Threadkeep, watched: Watched) -> None:
    ids = await threads_of(keep, 6)

    async def change_and_read(thread_id: str, number: int) -> int:
        await keep.thread_service.update_thread(thread_id, meta_data={"number": str(number)})
        row = await watched.reads.find_one(thread_id)
        return int(row["meta_data"]["number"]) if row else -1

    for number in range(10):
        assert await asyncio.gather(*(change_and_read(one, number) for one in ids)) == [number] * len(ids)


async def test_a_cancelled_caller_disturbs_no_other(keep: Threadkeep, watched: Watched) -> None:
    ids = await threads_of(keep, 8)
    reads = [asyncio.create_task(watched.reads.find_one(one)) for one in ids]
    await asyncio.sleep(0)
    for cancelled in (reads[0], reads[3]):
        cancelled.cancel()

    found = await asyncio.gather(*reads, return_exceptions=True)

    assert [isinstance(one, asyncio.CancelledError) for one in found] == [number in (0, 3) for number in range(8)]
    assert [one["_id"] for one in found if isinstance(one, dict)] == [one for one in ids if one not in (ids[0], ids[3])]
    assert await watched.reads.find_one(ids[0])


async def test_an_error_reaches_every_caller_and_the_next_reads_work(
    keep: Threadkeep, watched: Watched, mongo: MongoClient[dict[str, Any]]
) -> None:
    ids = await threads_of(keep, 5)
    with failing(mongo, "find", times=2, errorCode=13, appName=NAME):
        found = await asyncio.gather(*(watched.reads.find_one(one) for one in ids), return_exceptions=True)

    assert all(isinstance(one, OperationFailure) for one in found)
    assert await asyncio.gather(*(watched.reads.find_one(one) for one in ids))


async def test_a_thread_that_cannot_be_read_fails_for_its_caller_only(
    keep: Threadkeep, watched: Watched, mongo: MongoClient[dict[str, Any]]
) -> None:
    ids = await threads_of(keep, 5)
    threads = mongo[keep.runtime.documents.database.name]["threads"]
    threads.update_one({"_id": ids[2]}, {"$set": {"meta_data": 5}}, bypass_document_validation=True)

    found = await asyncio.gather(*(watched.reads.find_one(one) for one in ids), return_exceptions=True)

    assert [isinstance(one, TypeError) for one in found] == [False, False, True, False, False]
    assert [row["_id"] for row in found if isinstance(row, dict)] == [*ids[:2], *ids[3:]]


async def test_a_read_with_a_time_limit_of_its_own_is_not_joined(keep: Threadkeep, watched: Watched) -> None:
    ids = await threads_of(keep, 4)

    async def read(thread_id: str, seconds: float | None) -> Any:
        with pymongo.timeout(seconds):
            return await watched.reads.find_one(thread_id)

    found = await asyncio.gather(
        *(read(one, None if one == ids[0] else 0.000_1) for one in ids), return_exceptions=True
    )

    assert isinstance(found[0], dict)
    assert all(isinstance(one, PyMongoError) and one.timeout for one in found[1:])


@pytest.mark.slow
async def test_threads_that_do_not_fit_into_one_reply_are_read_too(
    keep: Threadkeep, watched: Watched, mongo: MongoClient[dict[str, Any]]
) -> None:
    ids = await threads_of(keep, 6)
    threads = mongo[keep.runtime.documents.database.name]["threads"]
    threads.update_many({"_id": {"$in": ids}}, {"$set": {"large": "x" * 5_000_000}}, bypass_document_validation=True)

    found = await asyncio.gather(*(watched.reads.find_one(one) for one in ids))

    assert [row and row["_id"] for row in found] == ids


async def test_a_client_without_a_timeout_joins_no_reads(keep: Threadkeep, mongo_url: str) -> None:
    """The time that a read may take is then that of its own request."""
    ids, commands = await threads_of(keep, 4), Commands()
    async with AsyncMongoClient[dict[str, Any]](mongo_url, event_listeners=[commands]) as client:
        watched = Watched(client, keep.runtime.documents.database.name, commands)
        await asyncio.gather(*(watched.reads.find_one(one) for one in ids))

        assert watched.finds() == 4
