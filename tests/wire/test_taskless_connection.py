"""Hot commands wait for their reply in the task of the caller, and end the wait when the driver would."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import pymongo
import pytest
import uvloop
from pymongo import AsyncMongoClient, ReadPreference
from pymongo.errors import AutoReconnect, DocumentTooLarge, NetworkTimeout
from pymongo.monitoring import CommandListener

from threadkeep.documents import send_command
from threadkeep.documents.codec import TOLERANT
from threadkeep.documents.taskless_connection import TasklessConnection
from threadkeep.tests.waiting import until
from threadkeep.tests.wire.rules import Chosen, Command, Held, Losing, PassOn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager

    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.asynchronous.pool import AsyncConnection

    from threadkeep.tests.wire.messages import Body
    from threadkeep.tests.wire.proxy import RulesProxy

    Database = AsyncDatabase[dict[str, Any]]
    Open = Callable[..., AbstractAsyncContextManager[Database]]

from_4_18 = pytest.mark.skipif(pymongo.version_tuple < (4, 18), reason="older drivers send and receive in another way")


@pytest.fixture
def opened(proxied_url: str) -> Open:
    """Return a function that opens a database behind the proxy. It has at most one connection for commands."""

    @asynccontextmanager
    async def open_database(**options: Any) -> AsyncIterator[Database]:
        async with AsyncMongoClient[dict[str, Any]](proxied_url, maxPoolSize=1, **options) as client:
            yield client["test-taskless"]

    return open_database


@asynccontextmanager
async def lent(database: Database) -> AsyncIterator[AsyncConnection]:
    """Lend a connection of the client."""
    checkout = await database.client._conn_for_reads(  # noqa: SLF001
        read_preference=ReadPreference.PRIMARY, session=None, operation="ping"
    )
    async with checkout as (connection, _):
        yield connection


@pytest.fixture
def held(proxy: RulesProxy) -> Iterator[Held]:
    """The replies to `ping` do not come, until the rule is removed."""
    rule = Held(Chosen(("ping",)), done=True)
    proxy.rules.append(rule)
    yield rule
    proxy.call(rule.go_on.set)


async def until_waiting(held: Held) -> None:
    """Wait until a command waits for its reply."""

    async def is_waiting() -> bool:
        return held.waiting > 0

    await until(is_waiting)


async def ping(database: Database) -> float:
    """Send a command whose reply may be held."""
    reply: dict[str, Any] = await send_command(database, {"ping": 1}, TOLERANT)
    return float(reply["ok"])


async def goes_on(database: Database, proxy: RulesProxy) -> bool:
    """Whether the only connection of the client is free, or replaced."""
    proxy.rules.clear()
    async with asyncio.timeout(10):
        return await ping(database) == 1


@from_4_18
async def test_a_command_starts_no_task(opened: Open) -> None:
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


@pytest.mark.parametrize("seconds", [0.2, 0.7], ids=["before the first look", "after the first look"])
async def test_a_late_reply_ends_the_wait(opened: Open, proxy: RulesProxy, held: Held, seconds: float) -> None:
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
async def test_the_socket_timeout_of_the_client_ends_the_wait(opened: Open, proxy: RulesProxy) -> None:
    async with opened(socketTimeoutMS=200) as database:
        with pytest.raises(NetworkTimeout):
            await ping(database)

        assert await goes_on(database, proxy)


async def test_the_time_before_the_wait_counts_to_the_limit(opened: Open, held: Held) -> None:
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


async def test_the_timer_of_a_command_ends_with_it(opened: Open, held: Held, proxy: RulesProxy) -> None:
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


async def test_a_slow_reply_is_awaited_without_a_time_limit(opened: Open, proxy: RulesProxy, held: Held) -> None:
    async with opened() as database:
        waiting = asyncio.create_task(ping(database))
        await asyncio.sleep(1.2)  # longer than two looks
        proxy.call(held.go_on.set)

        assert await waiting == 1


@pytest.mark.parametrize("options", [{}, {"socketTimeoutMS": 60_000}], ids=["no limit", "long limit"])
async def test_a_connection_that_the_driver_gives_up_ends_the_wait(
    opened: Open, proxy: RulesProxy, held: Held, options: dict[str, Any]
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


async def test_a_cancelled_caller_frees_the_connection(opened: Open, proxy: RulesProxy, held: Held) -> None:
    async with opened() as database:
        waiting = asyncio.create_task(ping(database))
        await until_waiting(held)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

        assert await goes_on(database, proxy)


async def test_a_lost_connection_ends_the_wait(opened: Open, proxy: RulesProxy) -> None:
    proxy.rules.append(Losing(Chosen(("ping",))))
    async with opened() as database:
        with pytest.raises(AutoReconnect):
            await ping(database)

        assert await goes_on(database, proxy)


async def test_both_views_of_a_connection_have_one_state(opened: Open) -> None:
    async with opened() as database, lent(database) as connection:
        view = TasklessConnection(connection)
        await view.close_conn(None)

        assert view == connection
        assert hash(view) == hash(connection)
        assert connection.closed


async def test_a_closed_connection_refuses_commands(opened: Open, proxy: RulesProxy) -> None:
    async with opened() as database:
        async with lent(database) as connection:
            view = TasklessConnection(connection)
            await view.close_conn(None)
            with pytest.raises(AutoReconnect):
                await view.command("admin", {"ping": 1}, client=database.client)

        assert await goes_on(database, proxy)


async def test_a_driver_that_checks_a_size_sends_the_message(opened: Open) -> None:
    async with opened() as database, lent(database) as connection:
        with pytest.raises(DocumentTooLarge):
            await TasklessConnection(connection).send_message(b"", 2**30)


async def test_many_commands_share_few_connections(proxied_url: str) -> None:
    async with AsyncMongoClient[dict[str, Any]](proxied_url, maxPoolSize=3) as client:
        database = client["test-taskless"]
        replies = await asyncio.gather(*(ping(database) for _ in range(200)))

    assert replies == [1] * 200


class LateTimer:
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
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is closed by then, so it must not be lent again. No real server times its reply so well."""
    async with opened() as database:
        async with lent(database) as connection:
            view, protocol = TasklessConnection(connection), LateTimer()
            with monkeypatch.context() as patched:
                patched.setattr(type(connection.conn), "get_conn", protocol)
                with pytest.raises(NetworkTimeout):
                    await view.receive_message(1)

            assert [str(error) for error in protocol.closed_with] == ["timed out"]
            assert connection.closed
        assert await ping(database) == 1
