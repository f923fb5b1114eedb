"""Reads by the bare command: the rows that a cursor gives, and what a cursor does besides."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import AutoReconnect, PyMongoError

from threadkeep.documents.quick import QuickCollection
from threadkeep.tests.commands import Commands
from threadkeep.tests.factories import make_history
from threadkeep.tests.faults.fail_points import failing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pymongo import MongoClient

    from threadkeep.documents import ThreadRow
    from threadkeep.keep import Threadkeep

    Watched = tuple[QuickCollection[ThreadRow], Commands]

NAME = "threadkeep-quick"
SOON, LATER = 0.5, 20.0


@pytest.fixture
async def thread_id(keep: Threadkeep) -> str:
    thread = await keep.thread_service.create_thread()
    return thread.id


@asynccontextmanager
async def watched(mongo_url: str, name: str, *, seconds: float = LATER) -> AsyncIterator[Watched]:
    """The threads of a database through a client that nobody else uses, and what that sends."""
    commands = Commands()
    options: dict[str, Any] = {"appname": NAME, "timeoutMS": int(seconds * 1000), "readConcernLevel": "majority"}
    async with AsyncMongoClient[dict[str, Any]](mongo_url, event_listeners=[commands], **options) as client:
        threads: QuickCollection[ThreadRow] = QuickCollection(client[name], "threads")
        yield threads, commands


async def by_cursor(collection: QuickCollection[Any], where: dict[str, Any]) -> list[Any]:
    return await collection.collection.find(where, {"content": 0}, sort={"seq": -1}, limit=3).to_list()


async def test_rows_are_those_that_a_cursor_gives(keep: Threadkeep) -> None:
    thread_id, _ = await make_history(keep, 5)
    messages = keep.store.documents.quick_messages
    where = {"thread_id": thread_id}

    rows, cut = await messages.find(where, {"content": 0}, sort={"seq": -1}, limit=3)

    assert rows == await by_cursor(messages, where)
    assert [row["seq"] for row in rows] == [5, 4, 3]
    assert not cut
    assert await messages.find_one({**where, "seq": 2}) == await messages.collection.find_one({**where, "seq": 2})
    assert await messages.find_one({**where, "seq": 6}) is None


async def test_server_that_goes_away_is_asked_once_more(
    thread_id: str, mongo: MongoClient[dict[str, Any]], mongo_url: str, database_name: str
) -> None:
    async with watched(mongo_url, database_name) as (threads, commands):
        with failing(mongo, "find", times=1, closeConnection=True, appName=NAME):
            found = await threads.find_one({"_id": thread_id})
        assert found is not None
        assert len(commands.of("find")) == 2

        with failing(mongo, "find", closeConnection=True, appName=NAME), pytest.raises(AutoReconnect):
            await threads.find_one({"_id": thread_id})
        assert len(commands.of("find")) <= 4


async def test_server_that_takes_too_long_is_not(
    thread_id: str, mongo: MongoClient[dict[str, Any]], mongo_url: str, database_name: str
) -> None:
    slow = {"blockConnection": True, "blockTimeMS": int(SOON * 2000), "appName": NAME}
    async with watched(mongo_url, database_name, seconds=SOON) as (threads, commands):
        with failing(mongo, "find", times=1, **slow), pytest.raises(PyMongoError) as raised:
            await threads.find_one({"_id": thread_id})

    assert raised.value.timeout
    assert len(commands.of("find")) <= 1, "none where not even connecting was done in time"


async def test_reads_as_the_host_application_reads(thread_id: str, mongo_url: str, database_name: str) -> None:
    async with watched(mongo_url, database_name) as (threads, commands):
        await threads.find_one({"_id": thread_id})

    (command,) = commands.of("find")
    assert command["readConcern"]["level"] == "majority"
