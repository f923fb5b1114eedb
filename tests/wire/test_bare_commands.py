"""Hot commands survive what the driver survives: overload, lost handshakes, and a direct connection to a secondary."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import AsyncMongoClient

from threadkeep.documents import open_client, send_command
from threadkeep.documents.codec import TOLERANT
from threadkeep.keep import Threadkeep
from threadkeep.tests.commands import Commands
from threadkeep.tests.factories import make_thread
from threadkeep.tests.wire.rules import Command, ConnectionLost, PassOn, error_answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from threadkeep.records import MessageRecord
    from threadkeep.tests.wire.conftest import Behind
    from threadkeep.tests.wire.messages import Body
    from threadkeep.tests.wire.proxy import RulesProxy

    Work = Callable[[Threadkeep, MessageRecord], Awaitable[Any]]

READS: dict[str, Work] = {
    "thread": lambda keep, message: keep.thread_service.get_thread(message.thread_id),
    "message": lambda keep, message: keep.message_service.get_message(message.id),
    "page": lambda keep, message: keep.message_service.list_messages(message.thread_id),
}
HOT: dict[str, Work] = READS | {
    "append": lambda keep, message: keep.message_service.create_message(message.thread_id, "b", "assistant"),
    "repeated append": lambda keep, message: keep.message_service.create_message(
        message.thread_id, "a", "assistant", client_id="one"
    ),
}
LABELS = ("SystemOverloadedError", "RetryableError")
INGRESS_LIMIT = 462


@pytest.fixture
async def stored(behind: Behind) -> MessageRecord:
    async with behind() as keep:
        thread = await make_thread(keep)
        return await keep.message_service.create_message(thread.id, "a", "assistant", client_id="one")


class Overloaded:
    """The server refuses the next commands because it has too much to do."""

    def __init__(self, times: int) -> None:
        self.left = times

    async def __call__(self, command: Command, pass_on: PassOn) -> Body:
        """An error, or the answer."""
        if self.left and command.name in ("find", "bulkWrite", "insert", "update"):
            self.left -= 1
            return error_answer(INGRESS_LIMIT, "overloaded", labels=LABELS)
        return await pass_on()


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("work", HOT.values(), ids=HOT)
async def test_an_overloaded_server_is_asked_again(
    behind: Behind, proxy: RulesProxy, stored: MessageRecord, work: Work, times: int
) -> None:
    async with behind() as keep:
        refusing = Overloaded(times)
        proxy.rules.append(refusing)
        await work(keep, stored)

    assert refusing.left == 0


async def test_the_time_limit_holds_for_all_tries_together(proxy: RulesProxy, proxied_url: str) -> None:
    async def refuse_late(command: Command, pass_on: PassOn) -> Body:
        if command.name == "find" and len(commands.of("find")) == 1:
            await asyncio.sleep(0.3)
            return error_answer(INGRESS_LIMIT, "overloaded", labels=LABELS)
        return await pass_on()

    commands = Commands()
    proxy.rules.append(refuse_late)
    async with AsyncMongoClient[dict[str, Any]](proxied_url, event_listeners=[commands], timeoutMS=5000) as client:
        await send_command(client["test-bare-commands"], {"find": "nothing"}, TOLERANT)

    first, second = (command["maxTimeMS"] for command in commands.of("find"))
    assert second <= first - 300


class LostHandshakes:
    """The next connections are lost while they begin."""

    left = 0

    async def __call__(self, command: Command, pass_on: PassOn) -> Body:
        """The answer, unless the connection is lost."""
        if self.left and command.name in ("hello", "isMaster", "ismaster") and "client" in command.body:
            self.left -= 1
            raise ConnectionLost
        return await pass_on()


@pytest.mark.parametrize("work", HOT.values(), ids=HOT)
async def test_a_connection_that_is_lost_while_it_begins_is_opened_again(
    proxy: RulesProxy, proxied_url: str, database_name: str, stored: MessageRecord, work: Work
) -> None:
    losing = LostHandshakes()
    proxy.rules.append(losing)
    url = f"{proxied_url}&maxIdleTimeMS=1"  # each command opens a connection
    async with (
        open_client(url, timeout_seconds=20, max_connections=50) as client,
        Threadkeep(client, database=database_name, sweep_seconds=None) as keep,
    ):
        losing.left = 3
        await work(keep, stored)
        losing.left = 0


class Secondary:
    """A member that is no primary: it answers reads only if they say so, and refuses writes."""

    async def __call__(self, command: Command, pass_on: PassOn) -> Body:
        """The answer, or an error."""
        if command.name in ("find", "aggregate") and "$readPreference" not in command.body:
            return error_answer(13435, "not primary and secondaryOk=false")
        return await pass_on()


@pytest.mark.parametrize("read", READS.values(), ids=READS)
async def test_a_direct_connection_to_a_secondary_reads(
    proxy: RulesProxy, proxied_url: str, database_name: str, stored: MessageRecord, read: Work
) -> None:
    """The one member of a replica set may step down, and a tunnel may lead to a member that is no primary."""
    async with (
        open_client(f"{proxied_url}&directConnection=true", timeout_seconds=3, max_connections=50) as client,
        Threadkeep(client, database=database_name, sweep_seconds=None) as keep,
    ):
        proxy.greeting.more = {"secondary": True, "isWritablePrimary": False, "ismaster": False}
        proxy.rules.append(Secondary())

        assert await read(keep, stored)
