"""Fast reads return the rows of a cursor, and retry and time out like a cursor."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure, PyMongoError

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
