"""Bare commands have no session of the driver. Time limits, sessions and databases of the host are respected."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pymongo
import pytest
from bson.raw_bson import RawBSONDocument
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import InvalidOperation, OperationFailure, PyMongoError

from threadkeep.documents import send_command
from threadkeep.documents.codec import RAW, TOLERANT
from threadkeep.tests.commands import Commands
from threadkeep.tests.faults.fail_points import failing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from pymongo import MongoClient

    Opened = tuple[AsyncDatabase[dict[str, Any]], Commands]
    Open = Callable[..., AbstractAsyncContextManager[Opened]]

NAME = "threadkeep-bare-commands"


@pytest.fixture
def opened(mongo_url: str) -> Open:
    """Return a function that opens a database through a separate client, and records the commands of this client."""

    @asynccontextmanager
    async def open_database(**options: Any) -> AsyncIterator[Opened]:
        commands = Commands()
        async with AsyncMongoClient[dict[str, Any]](
            mongo_url, appname=NAME, event_listeners=[commands], **options
        ) as client:
            yield client["test-bare-commands"], commands

    return open_database


async def test_a_command_has_no_session(opened: Open) -> None:
    async with opened() as (database, commands):
        reply = await send_command(database, {"ping": 1}, TOLERANT)

    assert reply["ok"] == 1
    assert [(command["$db"], "lsid" in command) for command in commands.of("ping")] == [("test-bare-commands", False)]


async def test_a_reply_is_decoded_with_the_given_options(opened: Open) -> None:
    async with opened() as (database, _):
        replies = [await send_command(database, {"ping": 1}, options) for options in (TOLERANT, RAW)]

    assert [type(reply) for reply in replies] == [dict, RawBSONDocument]


async def test_the_time_limit_of_the_client_is_sent(opened: Open) -> None:
    async with opened(timeoutMS=5000) as (database, commands):
        await send_command(database, {"ping": 1}, TOLERANT)

    assert 0 < commands.of("ping")[0]["maxTimeMS"] <= 5000


@pytest.mark.parametrize("client_seconds", [None, 5])
async def test_a_time_limit_of_the_caller_takes_the_place_of_the_clients(
    opened: Open, client_seconds: int | None
) -> None:
    options = {} if client_seconds is None else {"timeoutMS": client_seconds * 1000}
    async with opened(**options) as (database, commands):
        with pymongo.timeout(50):
            await send_command(database, {"ping": 1}, TOLERANT)

    assert 5000 < commands.of("ping")[0]["maxTimeMS"] <= 50_000


async def test_without_a_time_limit_none_is_sent(opened: Open) -> None:
    async with opened() as (database, commands):
        await send_command(database, {"ping": 1}, TOLERANT)

    assert "maxTimeMS" not in commands.of("ping")[0]


async def test_a_session_that_the_host_has_bound_is_used(opened: Open) -> None:
    async with opened() as (database, commands), database.client.start_session() as session:
        if not hasattr(session, "bind"):
            pytest.skip("this version of PyMongo binds no sessions")
        async with session.bind(end_session=False):
            await send_command(database, {"ping": 1}, TOLERANT)

        assert commands.of("ping")[0]["lsid"] == session.session_id


class OwnDatabase(AsyncDatabase[dict[str, Any]]):
    """A database that a host has made: it counts the commands."""

    sent = 0

    async def command(self, *args: Any, **options: Any) -> Any:
        self.sent += 1
        return await super().command(*args, **options)


async def test_a_database_that_sends_commands_itself_is_asked(opened: Open) -> None:
    async with opened() as (database, commands):
        own = OwnDatabase(database.client, "own")

        reply = await send_command(own, {"ping": 1}, RAW)

    assert (own.sent, type(reply), len(commands.of("ping"))) == (1, RawBSONDocument, 1)


async def test_an_error_of_the_server_is_raised_as_by_the_driver(opened: Open) -> None:
    async with opened() as (database, _):
        with pytest.raises(OperationFailure) as refused:
            await send_command(database, {"noSuchCommand": 1}, TOLERANT)
        with pytest.raises(OperationFailure) as by_the_driver:
            await database.command({"noSuchCommand": 1})

    assert (refused.value.code, refused.value.details) == (by_the_driver.value.code, by_the_driver.value.details)


async def test_the_command_of_the_caller_stays_as_it_is(opened: Open) -> None:
    command = {"ping": 1}
    async with opened(timeoutMS=5000) as (database, _):
        await send_command(database, command, TOLERANT)

    assert command == {"ping": 1}


async def test_a_lost_connection_is_replaced(opened: Open, mongo: MongoClient[dict[str, Any]]) -> None:
    async with opened() as (database, commands):
        with failing(mongo, "ping", appName=NAME, closeConnection=True), pytest.raises(PyMongoError):
            await send_command(database, {"ping": 1}, TOLERANT)
        await send_command(database, {"ping": 1}, TOLERANT)

    assert len(commands.of("ping")) == 2


async def test_a_closed_client_refuses_commands(opened: Open) -> None:
    async with opened() as (database, _):
        pass

    with pytest.raises(InvalidOperation):
        await send_command(database, {"ping": 1}, TOLERANT)
