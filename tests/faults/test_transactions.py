"""A process that is killed during a transaction. Without help, the server would keep the transaction open for one minute."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import Unavailable
from threadkeep.keep import Threadkeep
from threadkeep.services import Tuning
from threadkeep.tests.factories import make_messages, make_thread
from threadkeep.tests.faults.fail_points import failing
from threadkeep.tests.waiting import until

if TYPE_CHECKING:
    from pymongo import AsyncMongoClient, MongoClient
    from pymongo.asynchronous.collection import AsyncCollection

    from threadkeep.tests.faults.conftest import Pair


SHORT_LEASES = Tuning(process_alive_seconds=0.5, process_renewal_seconds=0.1)


@pytest.mark.slow
async def test_a_thread_accepts_appends_after_a_process_was_killed_during_a_batch(
    mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str
) -> None:
    killed = Threadkeep(mongo_client, database=database_name, sweep_seconds=None, tuning=SHORT_LEASES)
    await killed.open()
    thread = await make_thread(killed)
    collection = killed.runtime.documents.messages
    insert_many, inserted, resumed = collection.insert_many, asyncio.Event(), asyncio.Event()

    async def insert_and_stop(*args: Any, **options: Any) -> None:
        await insert_many(*args, **options)
        inserted.set()
        await resumed.wait()

    collection.insert_many = insert_and_stop  # type: ignore[assignment,method-assign]
    batch = asyncio.create_task(make_messages(killed, thread.id, ["lost", "lost too"]))
    await inserted.wait()
    await killed.runtime.background.close()

    async with Threadkeep(mongo_client, database=database_name, sweep_seconds=None, tuning=SHORT_LEASES) as running:
        message = await running.message_service.create_message(thread.id, "after", "assistant")

        assert message.seq == 1
        assert await running.message_service.list_messages(thread.id) == [message]
        assert await running.runtime.documents.leases.find({"sessions": {"$exists": True}}).to_list() == []
    resumed.set()  # the process was slow, and not killed
    assert [message.seq for message in await batch] == [2, 3]
    await killed.close()


@pytest.mark.slow
async def test_a_transaction_is_retried_only_within_the_timeout_of_one_operation(
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
async def test_the_lease_of_a_running_process_holds_its_sessions(keeps: Pair) -> None:
    one, other = keeps
    thread = await make_thread(one)
    await make_messages(one, thread.id, ["a", "b"])
    leases = other.runtime.documents.leases

    (lease,) = await leases.find({"sessions": {"$exists": True}}).to_list()
    await one.close()

    assert lease.sessions
    assert await leases.find({"sessions": {"$exists": True}}).to_list() == []


@pytest.mark.slow
@pytest.mark.parametrize("tuning", [Tuning(process_renewal_seconds=0)])
async def test_a_lease_whose_renewal_is_slow_is_not_stored_again_after_the_close(
    keeps: Pair, mongo: MongoClient[dict[str, Any]]
) -> None:
    one, other = keeps
    thread = await make_thread(one)
    await make_messages(one, thread.id, ["a", "b"])
    leases = other.runtime.documents.leases.get_pymongo_collection()

    with failing(mongo, "update", blockConnection=True, blockTimeMS=200):
        lease = await leases.find_one({"sessions": {"$exists": True}})
        await until(lambda: _is_renewed(leases, lease))
        await one.close()  # while the next renewal is under way
        for _ in range(2):  # these end after each renewal that the server received before them
            await leases.update_one({"_id": "none"}, {"$set": {"holder": "none"}})

    assert await leases.find({"sessions": {"$exists": True}}).to_list() == []


async def _is_renewed(leases: AsyncCollection[dict[str, Any]], lease: dict[str, Any] | None) -> bool:
    return await leases.find_one({"sessions": {"$exists": True}}) != lease
