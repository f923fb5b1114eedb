"""Reads by the bare command: the rows that a cursor gives, and what a cursor does besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pymongo import AsyncMongoClient

from threadkeep.errors import Unavailable
from threadkeep.keep import Threadkeep
from threadkeep.tests.commands import Commands
from threadkeep.tests.factories import make_history
from threadkeep.tests.faults.fail_points import failing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pymongo import MongoClient

    from threadkeep.documents.quick import QuickCollection

    Watched = tuple[Threadkeep, Commands]

NAME = "threadkeep-quick"
TIMEOUT = 0.5


@pytest.fixture
async def watched(mongo_url: str, emptied_database_name: str) -> AsyncIterator[Watched]:
    """A Threadkeep on a client of its own, and what that sends."""
    commands = Commands()
    options: dict[str, Any] = {"appname": NAME, "timeoutMS": int(TIMEOUT * 1000), "readConcernLevel": "majority"}
    async with (
        AsyncMongoClient[dict[str, Any]](mongo_url, event_listeners=[commands], **options) as client,
        Threadkeep(client, database=emptied_database_name, sweep_seconds=None) as keep,
    ):
        yield keep, commands


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


async def test_server_that_goes_away_is_asked_once_more(watched: Watched, mongo: MongoClient[dict[str, Any]]) -> None:
    keep, commands = watched
    thread = await keep.thread_service.create_thread()
    commands.sent.clear()

    with failing(mongo, "find", times=1, closeConnection=True, appName=NAME):
        assert await keep.thread_service.get_thread(thread.id) == thread
    assert len(commands.of("find")) == 2

    with failing(mongo, "find", closeConnection=True, appName=NAME), pytest.raises(Unavailable):
        await keep.thread_service.get_thread(thread.id)
    assert len(commands.of("find")) == 4


async def test_server_that_takes_too_long_is_not(watched: Watched, mongo: MongoClient[dict[str, Any]]) -> None:
    keep, commands = watched
    thread = await keep.thread_service.create_thread()
    commands.sent.clear()

    slow = {"blockConnection": True, "blockTimeMS": int(TIMEOUT * 2000), "appName": NAME}
    with failing(mongo, "find", times=1, **slow), pytest.raises(Unavailable):
        await keep.thread_service.get_thread(thread.id)

    assert len(commands.of("find")) == 1


async def test_reads_as_the_host_application_reads(watched: Watched) -> None:
    keep, commands = watched
    thread = await keep.thread_service.create_thread()
    commands.sent.clear()

    await keep.thread_service.get_thread(thread.id)

    (command,) = commands.of("find")
    assert command["readConcern"]["level"] == "majority"
