"""Hot commands wait for their reply in the task of the caller. Their connections end as those of the driver."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import AutoReconnect, DocumentTooLarge

from threadkeep.documents.taskless_connection import TasklessConnection
from threadkeep.tests.wire.one_connection import from_4_18, goes_on, lent, ping, until_waiting
from threadkeep.tests.wire.rules import Chosen, Held, Losing

if TYPE_CHECKING:
    from threadkeep.tests.wire.one_connection import OpenDatabase
    from threadkeep.tests.wire.proxy import RulesProxy


@from_4_18
async def test_a_command_starts_no_task(opened: OpenDatabase) -> None:
    """The driver starts two for each reply, and one to send if there is a time limit."""
    started: list[object] = []
    me, loop = asyncio.current_task(), asyncio.get_running_loop()

    def note(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
        if asyncio.current_task() is me:
            started.append(work)
        return asyncio.Task(work, loop=loop, **options)

    async with opened(timeoutMS=5000) as database:
        await ping(database)  # connects
        loop.set_task_factory(note)
        try:
            await ping(database)
        finally:
            loop.set_task_factory(None)

    assert started == []


@pytest.mark.parametrize("options", [{}, {"socketTimeoutMS": 60_000}], ids=["no limit", "long limit"])
async def test_a_connection_that_the_driver_gives_up_ends_the_wait(
    opened: OpenDatabase, proxy: RulesProxy, held: Held, options: dict[str, Any]
) -> None:
    """The driver gives up the connections to a server that its monitor no longer reaches."""
    async with opened(**options) as database:
        async with lent(database) as connection:
            command = TasklessConnection(connection).command("admin", {"ping": 1}, client=database.client)
            waiting = asyncio.create_task(command)
            await until_waiting(held)
            connection.cancel_context.cancel()
            with pytest.raises(AutoReconnect):
                await asyncio.wait_for(waiting, 5)

        assert await goes_on(database, proxy)


async def test_a_cancelled_caller_frees_the_connection(opened: OpenDatabase, proxy: RulesProxy, held: Held) -> None:
    async with opened() as database:
        waiting = asyncio.create_task(ping(database))
        await until_waiting(held)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

        assert await goes_on(database, proxy)


async def test_a_lost_connection_ends_the_wait(opened: OpenDatabase, proxy: RulesProxy) -> None:
    proxy.rules.append(Losing(Chosen(("ping",))))
    async with opened() as database:
        with pytest.raises(AutoReconnect):
            await ping(database)

        assert await goes_on(database, proxy)


async def test_both_views_of_a_connection_have_one_state(opened: OpenDatabase) -> None:
    async with opened() as database, lent(database) as connection:
        view = TasklessConnection(connection)
        await view.close_conn(None)

        assert view == connection
        assert hash(view) == hash(connection)
        assert connection.closed


async def test_a_closed_connection_refuses_commands(opened: OpenDatabase, proxy: RulesProxy) -> None:
    async with opened() as database:
        async with lent(database) as connection:
            view = TasklessConnection(connection)
            await view.close_conn(None)
            with pytest.raises(AutoReconnect):
                await view.command("admin", {"ping": 1}, client=database.client)

        assert await goes_on(database, proxy)


async def test_a_driver_that_checks_a_size_sends_the_message(opened: OpenDatabase) -> None:
    async with opened() as database, lent(database) as connection:
        with pytest.raises(DocumentTooLarge):
            await TasklessConnection(connection).send_message(b"", 2**30)


async def test_many_commands_share_few_connections(proxied_url: str) -> None:
    async with AsyncMongoClient[dict[str, Any]](proxied_url, maxPoolSize=3) as client:
        database = client["test-taskless"]
        replies = await asyncio.gather(*(ping(database) for _ in range(200)))

    assert replies == [1] * 200
