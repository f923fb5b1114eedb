from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import InvalidOperation
from pymongo.monitoring import CommandListener

from threadkeep.errors import InvalidInput, StartupError, ThreadNotFound
from threadkeep.keep import Threadkeep
from threadkeep.services import Caller
from threadkeep.settings import Limits
from threadkeep.testing import mongomock_client
from threadkeep.tests.factories import make_thread, make_user

if TYPE_CHECKING:
    from pymongo import MongoClient
    from pymongo.monitoring import CommandStartedEvent

_WRITES = ("insert", "update", "bulkWrite", "delete", "findAndModify")


async def test_borrowed_client_stays_open(mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str) -> None:
    async with Threadkeep(mongo_client, database=database_name) as keep:
        await make_user(keep)

    assert (await mongo_client.admin.command("ping"))["ok"] == 1


async def test_owned_client_is_closed(mongo_url: str, database_name: str) -> None:
    async with Threadkeep.connect(mongo_url, database=database_name) as keep:
        client = keep.runtime.documents.database.client

    with pytest.raises(InvalidOperation):
        await client.admin.command("ping")


class WriteConcerns(CommandListener):
    """Collects the write concern of each write. Writes inside a transaction have the write concern of its commit."""

    def __init__(self) -> None:
        self.concerns: list[tuple[str, Any]] = []

    def started(self, event: CommandStartedEvent) -> None:
        inside = "txnNumber" in event.command and "autocommit" in event.command
        if event.command_name == "commitTransaction" or (event.command_name in _WRITES and not inside):
            self.concerns.append((event.command_name, event.command.get("writeConcern")))

    def succeeded(self, event: object) -> None:
        pass

    def failed(self, event: object) -> None:
        pass


async def test_every_write_waits_for_the_disks_of_a_majority_despite_the_write_concern_of_the_client(
    mongo_url: str, database_name: str
) -> None:
    writes = WriteConcerns()
    async with (
        AsyncMongoClient[dict[str, Any]](mongo_url, w=1, event_listeners=[writes]) as client,
        Threadkeep(client, database=database_name, sweep_seconds=None) as keep,
    ):
        writes.concerns.clear()
        user = await make_user(keep)
        thread = await make_thread(keep, "a", "b", participant_ids=[user.id])
        message = await keep.message_service.create_message(thread.id, "c")
        await keep.message_service.update_message(message.id, content="d")
        await keep.message_service.delete_message(message.id)
        await keep.thread_service.delete_thread(thread.id)

    assert {name for name, _ in writes.concerns} == {*_WRITES, "commitTransaction"}
    assert [write for write in writes.concerns if write[1] != {"w": "majority", "j": True}] == []


@pytest.mark.slow
async def test_embedded_works_in_memory_without_a_server() -> None:
    async with Threadkeep.embedded(":memory:", sweep_seconds=None) as keep:
        thread = await make_thread(keep, "Hello")

        assert (await keep.thread_service.get_thread(thread.id)).message_count == 1


async def test_stored_messages_outlive_the_threadkeep(
    mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str
) -> None:
    async with Threadkeep(mongo_client, database=database_name) as keep:
        thread = await make_thread(keep, "Hello")
    async with Threadkeep(mongo_client, database=database_name) as keep:
        assert [m.content for m in await keep.message_service.list_messages(thread.id)] == ["Hello"]


async def test_two_databases_on_one_client_are_separate(
    mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str, mongo: MongoClient[dict[str, Any]]
) -> None:
    other_name = f"{database_name}-other"
    async with (
        Threadkeep(mongo_client, database=database_name) as one,
        Threadkeep(mongo_client, database=other_name) as other,
    ):
        thread = await make_thread(one, "Hello")

        with pytest.raises(ThreadNotFound):
            await other.thread_service.get_thread(thread.id)
        assert await other.user_service.list_users() == []
        assert len(await one.user_service.list_users()) == 1
    mongo.drop_database(other_name)


async def test_open_and_close_may_be_called_twice(
    mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str
) -> None:
    keep = Threadkeep(mongo_client, database=database_name)
    await keep.open()
    services = keep.services
    await keep.open()

    assert keep.services is services
    await keep.close()
    await keep.close()
    assert not keep.is_open


async def test_a_closed_threadkeep_raises_a_runtime_error() -> None:
    keep = Threadkeep(mongomock_client())

    for access in (lambda: keep.thread_service, lambda: keep.runtime, lambda: keep.acting_as(Caller("admin"))):
        with pytest.raises(RuntimeError, match="not open"):
            access()


async def test_a_closed_threadkeep_can_be_opened_again() -> None:
    keep = Threadkeep(mongomock_client(), sweep_seconds=None)
    async with keep:
        thread = await make_thread(keep)
    async with keep:
        assert (await keep.thread_service.get_thread(thread.id)).id == thread.id


async def test_threadkeep_applies_the_given_limits() -> None:
    async with Threadkeep(mongomock_client(), limits=Limits(max_page=3, max_batch=2), sweep_seconds=None) as keep:
        thread = await make_thread(keep)
        for start in range(0, 8, 2):
            await keep.message_service.create_messages(thread.id, [{"content": str(start)}] * 2)

        assert len(await keep.message_service.list_messages(thread.id)) == 8
        assert [m.seq async for m in keep.message_service.iter_messages(thread.id)] == list(range(1, 9))
        with pytest.raises(InvalidInput, match="at most 3"):
            await keep.message_service.list_messages(thread.id, 4)


def test_import_loads_no_server() -> None:
    seen = subprocess.run(
        [sys.executable, "-c", "import threadkeep, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "secantus" not in seen.stdout.split()
    assert "fastapi" not in seen.stdout.split()


@pytest.mark.parametrize("url", ["http://host", "mongodb://user:pa:ss@host", "mongodb://host:port"])
def test_an_invalid_url_is_named_in_one_line_without_its_password(url: str) -> None:
    with pytest.raises(StartupError, match="THREADKEEP_MONGODB_URL") as refused:
        Threadkeep.connect(url)

    assert "\n" not in str(refused.value)
    assert "pa:ss" not in str(refused.value)
