"""Fast reads return the rows of a cursor, and retry and time out like a cursor."""

from __future__ import annotations

import gc
import time
import tracemalloc
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pymongo
import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure, PyMongoError

from threadkeep.documents import Room
from threadkeep.documents.fast_reads import FastReads
from threadkeep.tests.commands import Commands
from threadkeep.tests.factories import make_history
from threadkeep.tests.faults.fail_points import failing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from pymongo import MongoClient

    from threadkeep.documents import ThreadRow
    from threadkeep.keep import Threadkeep

    Watched = tuple[FastReads[ThreadRow], Commands]
    Watch = Callable[..., AbstractAsyncContextManager[Watched]]

NAME = "threadkeep-fast-reads"
SHORT, LONG = 0.5, 20.0


@pytest.fixture
def keep(shared_keep: Threadkeep) -> Threadkeep:
    """These tests only call services."""
    return shared_keep


@pytest.fixture
def database_name(keep: Threadkeep) -> str:
    """The database of `keep`."""
    return keep.runtime.documents.database.name


@pytest.fixture
async def thread_id(keep: Threadkeep) -> str:
    thread = await keep.thread_service.create_thread()
    return thread.id


@pytest.fixture
def watched(mongo_url: str, database_name: str) -> Watch:
    """Return a function that opens fast reads of threads through a separate client, and records the commands of this client."""

    @asynccontextmanager
    async def opened(*, seconds: float | None = LONG, **more: Any) -> AsyncIterator[Watched]:
        commands = Commands()
        options: dict[str, Any] = {"appname": NAME, "readConcernLevel": "majority"} | more
        if seconds is not None:
            options["timeoutMS"] = int(seconds * 1000)
        async with AsyncMongoClient[dict[str, Any]](mongo_url, event_listeners=[commands], **options) as client:
            threads: FastReads[ThreadRow] = FastReads(client[database_name], "threads")
            yield threads, commands

    return opened


async def test_fast_reads_return_the_rows_of_a_cursor(keep: Threadkeep) -> None:
    thread_id, _ = await make_history(keep, 5)
    by_cursor, messages = keep.runtime.documents.messages, keep.runtime.documents.fast_messages
    where = {"thread_id": thread_id}

    rows, cut = await messages.find(where, {"content": 0}, sort={"seq": -1}, limit=3)

    assert rows == await by_cursor.find(where, {"content": 0}, sort={"seq": -1}, limit=3).to_list()
    assert [row["seq"] for row in rows] == [5, 4, 3]
    assert not cut
    assert await messages.find_one({**where, "seq": 2}) == await by_cursor.find_one({**where, "seq": 2})
    assert await messages.find_one({**where, "seq": 6}) is None


async def peak_of_page(keep: Threadkeep, mongo: MongoClient[dict[str, Any]], row: dict[str, Any], room: Room) -> float:
    """The most memory, in bytes, that a page of 40 such rows needs."""
    documents = keep.runtime.documents
    thread_id = (await keep.thread_service.create_thread()).id
    rows = [{"_id": f"{thread_id}/{seq}", "thread_id": thread_id, "seq": seq, **row} for seq in range(40)]
    mongo[documents.database.name]["messages"].insert_many(rows, bypass_document_validation=True)
    gc.collect()
    tracemalloc.start()
    try:
        await documents.fast_messages.find({"thread_id": thread_id}, None, limit=40, sort={"seq": 1}, room=room)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        mongo[documents.database.name]["messages"].delete_many({"thread_id": thread_id})


async def test_a_page_of_long_texts_is_in_memory_twice_at_most(
    keep: Threadkeep, mongo: MongoClient[dict[str, Any]]
) -> None:
    """Once as the server sent it, and once as rows. Each row is freed when it is decoded.

    Before 4.18, PyMongo kept the received bytes too.
    """
    size, copies = 200_000, 2 if pymongo.version_tuple >= (4, 18) else 3
    peak = await peak_of_page(keep, mongo, {"content": "x" * size}, Room(10**9))

    assert peak < (copies + 0.4) * 40 * size


async def test_only_the_rows_that_have_room_are_decoded(keep: Threadkeep, mongo: MongoClient[dict[str, Any]]) -> None:
    """An empty list takes 60 bytes of memory and 5 to 7 bytes in a reply."""
    lists = 10_000
    row = {"content": "", "meta_data": {"lists": [[] for _ in range(lists)]}}
    peak = await peak_of_page(keep, mongo, row, Room(2 * lists))

    assert peak < 40 * lists * 60


@pytest.mark.slow
@pytest.mark.parametrize(
    "failure",
    [
        pytest.param({"closeConnection": True}, id="connection closed"),
        pytest.param({"errorCode": 10107}, id="not primary"),
        pytest.param({"errorCode": 134}, id="retryable error"),
    ],
)
@pytest.mark.parametrize("case", [(LONG, 1), (LONG, 2), (None, 1)], ids=["once", "twice", "without a timeout"])
async def test_a_temporary_error_is_retried(
    thread_id: str,
    mongo: MongoClient[dict[str, Any]],
    watched: Watch,
    failure: dict[str, Any],
    case: tuple[float | None, int],
) -> None:
    seconds, times = case
    async with watched(seconds=seconds) as (threads, commands):
        with failing(mongo, "find", times=times, appName=NAME, **failure):
            found = await threads.find_one({"_id": thread_id})

    assert found is not None
    assert len(commands.of("find")) == times + 1


@pytest.mark.slow
async def test_a_lasting_error_is_raised_within_the_timeout_of_one_operation(
    thread_id: str, mongo: MongoClient[dict[str, Any]], watched: Watch
) -> None:
    async with watched(seconds=SHORT) as (threads, _):
        began = time.monotonic()
        with failing(mongo, "find", errorCode=134, appName=NAME), pytest.raises(PyMongoError):
            await threads.find_one({"_id": thread_id})
        took = time.monotonic() - began

    assert SHORT / 2 < took < LONG / 2


@pytest.mark.parametrize(
    ("options", "finds"), [({"seconds": None}, 2), ({"seconds": LONG, "retryReads": False}, 1)], ids=["once", "never"]
)
async def test_the_options_of_the_client_limit_the_retries(
    thread_id: str, mongo: MongoClient[dict[str, Any]], watched: Watch, options: dict[str, Any], finds: int
) -> None:
    async with watched(**options) as (threads, commands):
        with failing(mongo, "find", errorCode=134, appName=NAME), pytest.raises(OperationFailure):
            await threads.find_one({"_id": thread_id})

    assert len(commands.of("find")) == finds


async def test_a_timeout_is_not_retried(thread_id: str, mongo: MongoClient[dict[str, Any]], watched: Watch) -> None:
    slow = {"blockConnection": True, "blockTimeMS": int(SHORT * 2000), "appName": NAME}
    async with watched(seconds=SHORT) as (threads, commands):
        with failing(mongo, "find", times=1, **slow), pytest.raises(PyMongoError) as raised:
            await threads.find_one({"_id": thread_id})

    assert raised.value.timeout
    assert len(commands.of("find")) <= 1, "0 if even the connection took too long"


async def test_fast_reads_use_the_read_concern_of_the_client(thread_id: str, watched: Watch) -> None:
    async with watched() as (threads, commands):
        await threads.find_one({"_id": thread_id})

    (command,) = commands.of("find")
    assert command["readConcern"]["level"] == "majority"
