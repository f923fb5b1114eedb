"""The wait for the reply to a hot command ends with its time limit, and not before."""

from __future__ import annotations

import asyncio
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pymongo
import pytest
import uvloop
from pymongo import AsyncMongoClient
from pymongo.errors import NetworkTimeout
from pymongo.monitoring import CommandListener

from threadkeep.documents.taskless_connection import TasklessConnection
from threadkeep.tests.wire.one_connection import from_4_18, goes_on, lent, ping

if TYPE_CHECKING:
    from collections.abc import Callable

    from threadkeep.tests.wire.messages import Body
    from threadkeep.tests.wire.one_connection import Database, OpenDatabase
    from threadkeep.tests.wire.proxy import RulesProxy
    from threadkeep.tests.wire.rules import Command, Held, PassOn


@pytest.mark.parametrize("seconds", [0.2, 0.7], ids=["before the first look", "after the first look"])
async def test_a_late_reply_ends_the_wait(opened: OpenDatabase, proxy: RulesProxy, held: Held, seconds: float) -> None:
    async with opened() as database:
        loop = asyncio.get_running_loop()
        began = loop.time()
        with pytest.raises(NetworkTimeout), pymongo.timeout(seconds):
            await ping(database)
        took = loop.time() - began

        assert held.waiting == 1
        assert seconds * 0.9 < took < seconds + 2
        assert await goes_on(database, proxy)


@pytest.mark.usefixtures("held")
async def test_the_socket_timeout_of_the_client_ends_the_wait(opened: OpenDatabase, proxy: RulesProxy) -> None:
    async with opened(socketTimeoutMS=200) as database:
        with pytest.raises(NetworkTimeout):
            await ping(database)

        assert await goes_on(database, proxy)


async def test_the_time_before_the_wait_counts_to_the_limit(opened: OpenDatabase, held: Held) -> None:
    """A listener of the host may be slow, and so may the encoding of a large command."""

    class Slow(CommandListener):
        def started(self, event: Any) -> None:
            if event.command_name == "ping":
                time.sleep(0.6)

        def succeeded(self, event: Any) -> None: ...

        def failed(self, event: Any) -> None: ...

    loop = asyncio.get_running_loop()
    async with opened(event_listeners=[Slow()]) as database:
        began = loop.time()
        with pytest.raises(NetworkTimeout), pymongo.timeout(1):
            await ping(database)

        assert loop.time() - began < 1.4
        assert held.waiting == 1


async def test_the_timer_of_a_command_ends_with_it(opened: OpenDatabase, held: Held, proxy: RulesProxy) -> None:
    """Else it would close the connection while nobody uses it, or under another command."""
    proxy.rules.clear()
    async with opened(socketTimeoutMS=1000) as database:
        await ping(database)
        async with lent(database) as connection:
            protocol = connection.conn.get_conn
        await asyncio.sleep(0.7)
        proxy.rules.append(held)
        waiting = asyncio.create_task(ping(database))
        await asyncio.sleep(0.6)  # behind the limit of the first command
        proxy.call(held.go_on.set)

        assert await waiting == 1
        assert not protocol.transport.is_closing()


@from_4_18
@pytest.mark.parametrize("make_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
@pytest.mark.parametrize("limit", ["socketTimeoutMS", "pymongo.timeout"])
def test_a_reply_that_came_while_the_event_loop_was_busy_is_in_time(
    proxied_url: str, proxy: RulesProxy, make_loop: Callable[[], asyncio.AbstractEventLoop], limit: str
) -> None:
    async def reply_late(command: Command, pass_on: PassOn) -> Body:
        if command.name == "ping":
            await asyncio.sleep(0.1)
        return await pass_on()

    async def run() -> float:
        options: dict[str, Any] = {"socketTimeoutMS": 300} if limit == "socketTimeoutMS" else {}
        async with AsyncMongoClient[dict[str, Any]](proxied_url, **options) as client:
            database = client["test-taskless"]
            await ping(database)  # connects
            proxy.rules.append(reply_late)
            return await busy_during(database)

    async def busy_during(database: Database) -> float:
        with pymongo.timeout(0.3) if limit == "pymongo.timeout" else nullcontext():
            waiting = asyncio.create_task(ping(database))
        await asyncio.sleep(0.05)
        time.sleep(0.4)  # noqa: ASYNC251 - the reply comes meanwhile, and so does the end of the time limit
        return await waiting

    with asyncio.Runner(loop_factory=make_loop) as runner:
        assert runner.run(run()) == 1


async def test_a_slow_reply_is_awaited_without_a_time_limit(
    opened: OpenDatabase, proxy: RulesProxy, held: Held
) -> None:
    async with opened() as database:
        waiting = asyncio.create_task(ping(database))
        await asyncio.sleep(1.2)  # longer than two looks
        proxy.call(held.go_on.set)

        assert await waiting == 1


class LateProtocol:
    """A protocol whose reply comes in the moment in which its time is over."""

    gettimeout = 0.0

    def __init__(self) -> None:
        self.closed_with: list[Exception] = []
        self._closed = asyncio.Event()

    async def read(self, request_id: int | None, max_message_size: int) -> tuple[bytes, int]:
        """The reply, after the timer has closed the connection."""
        del request_id, max_message_size
        await self._closed.wait()
        return b"", 2013

    def close(self, error: Exception) -> None:
        """Note the error."""
        self.closed_with.append(error)
        self._closed.set()


async def test_a_reply_that_comes_in_the_moment_of_the_end_is_late(
    opened: OpenDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is closed by then, so it must not be lent again. No real server times its reply so well."""
    async with opened() as database:
        async with lent(database) as connection:
            view, protocol = TasklessConnection(connection), LateProtocol()
            with monkeypatch.context() as patched:
                patched.setattr(type(connection.conn), "get_conn", protocol)
                with pytest.raises(NetworkTimeout):
                    await view.receive_message(1)

            assert [str(error) for error in protocol.closed_with] == ["timed out"]
            assert connection.closed
        assert await ping(database) == 1
