"""A process that is killed in the middle of a transaction, which the server would keep open for a minute."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import Unavailable
from threadkeep.keep import Threadkeep
from threadkeep.services import Tuning
from threadkeep.tests.factories import make_messages, make_thread
from threadkeep.tests.faults.fail_points import failing

if TYPE_CHECKING:
    from pymongo import AsyncMongoClient, MongoClient

    from threadkeep.tests.faults.conftest import Pair


HURRIED = Tuning(process_alive_seconds=0.5, process_renewal_seconds=0.1)


async def test_thread_of_a_batch_whose_process_was_killed_can_be_written_again(
    mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str
) -> None:
    killed = Threadkeep(mongo_client, database=database_name, sweep_seconds=None, tuning=HURRIED)
    await killed.open()
    thread = await make_thread(killed)
    collection = killed.runtime.documents.messages
    insert_many, inserted, revived = collection.insert_many, asyncio.Event(), asyncio.Event()

    async def insert_and_die(*args: Any, **options: Any) -> None:
        await insert_many(*args, **options)
        inserted.set()
        await revived.wait()

    collection.insert_many = insert_and_die  # type: ignore[assignment,method-assign]
    batch = asyncio.create_task(make_messages(killed, thread.id, ["lost", "lost too"]))
    await inserted.wait()
    await killed.runtime.background.close()

    async with Threadkeep(mongo_client, database=database_name, sweep_seconds=None, tuning=HURRIED) as living:
        message = await living.message_service.create_message(thread.id, "after", "assistant")

        assert message.seq == 1
        assert await living.message_service.list_messages(thread.id) == [message]
        assert await living.runtime.documents.leases.find({"sessions": {"$exists": True}}).to_list() == []
    revived.set()  # it was only very slow
    assert [message.seq for message in await batch] == [2, 3]
    await killed.close()


async def test_transaction_is_tried_within_the_timeout_of_one_operation(
    mongo_url: str, database_name: str, mongo: MongoClient[dict[str, Any]]
) -> None:
    loop = asyncio.get_running_loop()
    labels = ["TransientTransactionError"]
    async with Threadkeep.connect(mongo_url, database=database_name, timeout_seconds=1, sweep_seconds=None) as keep:
        thread = await make_thread(keep)
        with failing(mongo, "insert", errorCode=251, errorLabels=labels):
            began = loop.time()
            with pytest.raises(Unavailable):
                await make_messages(keep, thread.id, ["a", "b"])
            took = loop.time() - began

        assert took < 5
        assert [message.seq for message in await make_messages(keep, thread.id, ["a", "b"])] == [1, 2]


@pytest.mark.parametrize("tuning", [Tuning(process_renewal_seconds=0.1)])
async def test_living_process_keeps_its_transactions(keeps: Pair) -> None:
    one, other = keeps
    thread = await make_thread(one)
    await make_messages(one, thread.id, ["a", "b"])
    leases = other.runtime.documents.leases

    (lease,) = await leases.find({"sessions": {"$exists": True}}).to_list()
    await one.close()

    assert lease.sessions
    assert await leases.find({"sessions": {"$exists": True}}).to_list() == []
