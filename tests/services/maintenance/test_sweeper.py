"""Sweepers: one at a time, by themselves, and no further back than they must."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.clock import now
from threadkeep.tests.factories import make_history, make_thread
from threadkeep.tests.services.interference import Killed, kill_at
from threadkeep.tests.services.maintenance.sweeping import is_placeholder, make_everything_older, new_sweeper, sweep
from threadkeep.tests.waiting import until

if TYPE_CHECKING:
    from threadkeep.documents import Documents
    from threadkeep.keep import Threadkeep

LONG_AGO = timedelta(minutes=20)


async def test_cursors_of_deleted_messages_outlive_their_places(keep: Threadkeep, documents: Documents) -> None:
    thread_id, messages = await make_history(keep, 4, without=(2, 4))
    await make_everything_older(documents)

    await sweep(keep)
    page = await keep.message_service.list_messages(thread_id, after=messages[1].id)

    assert await documents.messages.count_documents({}) == 2
    assert [message.seq for message in page] == [3]
    assert (await keep.message_service.create_message(thread_id, "x")).seq == 5


async def test_only_one_sweeper_sweeps_at_a_time(keep: Threadkeep, documents: Documents) -> None:
    first, second = new_sweeper(keep), new_sweeper(keep)

    held = await first._take_lease()  # noqa: SLF001  as it is in the middle of a sweep
    refused = await second.sweep()
    await first._release_lease(now())  # noqa: SLF001
    await asyncio.sleep(0.002)
    swept = await second.sweep()

    assert (held is not None, refused, swept) == (True, False, True)
    assert await documents.leases.find({"_id": "sweeper"}).count() == 1


async def test_sweepers_that_start_at_once_do_no_harm(keep: Threadkeep, documents: Documents) -> None:
    thread_id, _ = await make_history(keep, 3)

    outcomes = await asyncio.gather(*[new_sweeper(keep).sweep() for _ in range(5)])

    assert any(outcomes)
    assert await documents.leases.find({"_id": "sweeper"}).count() == 1
    assert len(await keep.message_service.list_messages(thread_id)) == 3


async def test_lease_of_a_killed_sweeper_is_taken_over(keep: Threadkeep, documents: Documents) -> None:
    await new_sweeper(keep)._take_lease()  # noqa: SLF001  and then it is killed
    leases = documents.leases.get_pymongo_collection()
    await leases.update_one({"_id": "sweeper"}, {"$set": {"until": now() - timedelta(seconds=1)}})

    assert await new_sweeper(keep).sweep()


async def test_second_sweep_looks_no_further_back_than_it_must(keep: Threadkeep, documents: Documents) -> None:
    thread_id, _ = await make_history(keep, 2)
    await sweep(keep)
    await documents.threads.update_one({"_id": thread_id}, {"$set": {"last_seq": 1, "message_count": 1}})
    await documents.messages.update_many({}, {"$set": {"created_at": now() - LONG_AGO}})
    await asyncio.sleep(0.002)

    await sweep(keep)
    overlooked = (await keep.thread_service.get_thread(thread_id)).last_seq
    await documents.messages.update_many({}, {"$set": {"created_at": now()}})
    await asyncio.sleep(0.002)
    await sweep(keep)

    assert (overlooked, (await keep.thread_service.get_thread(thread_id)).last_seq) == (1, 2)


async def test_sweeper_of_an_open_threadkeep_sweeps_by_itself(
    keep: Threadkeep, documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = await make_thread(keep, "x")
    kill_at(monkeypatch, documents.database["messages"], "delete_many")
    with pytest.raises(Killed):
        await keep.thread_service.delete_thread(thread.id)
    client: Any = documents.database.client

    async with type(keep)(client, database=documents.database.name, sweep_seconds=0.01):
        await until(lambda: is_placeholder(documents))

    assert await documents.deleted_threads.count() == 1


async def test_sweep_of_a_healthy_database_changes_nothing(keep: Threadkeep, documents: Documents) -> None:
    thread_id, _ = await make_history(keep, 5, without=(2,))
    await make_everything_older(documents)
    before = [await documents.database[name].find().to_list() for name in ("users", "threads", "deleted_messages")]
    messages = await keep.message_service.list_messages(thread_id)

    await sweep(keep)

    after = [await documents.database[name].find().to_list() for name in ("users", "threads", "deleted_messages")]
    assert after == before
    assert await keep.message_service.list_messages(thread_id) == messages
