"""Sweepers run one at a time, start with an open Threadkeep, and read only recent messages."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.clock import now
from threadkeep.tests.factories import make_history, make_thread
from threadkeep.tests.services.interference import Killed, kill_at
from threadkeep.tests.services.maintenance.sweeping import is_empty, make_everything_older, new_sweeper, sweep
from threadkeep.tests.waiting import until

if TYPE_CHECKING:
    from threadkeep.documents import Documents
    from threadkeep.keep import Threadkeep

TWENTY_MINUTES = timedelta(minutes=20)


async def test_cursors_of_deleted_messages_stay_valid_after_their_placeholder_rows_are_removed(
    keep: Threadkeep, documents: Documents
) -> None:
    thread_id, messages = await make_history(keep, 4, without=(2, 4))
    await make_everything_older(documents)

    await sweep(keep)
    page = await keep.message_service.list_messages(thread_id, after=messages[1].id)

    assert await documents.messages.count_documents({}) == 2
    assert [message.seq for message in page] == [3]
    assert (await keep.message_service.create_message(thread_id, "x")).seq == 5


async def test_only_one_sweeper_sweeps_at_a_time(keep: Threadkeep, documents: Documents) -> None:
    first, second = new_sweeper(keep), new_sweeper(keep)

    held = await first._take_lease()  # noqa: SLF001  as during a sweep
    refused = await second.sweep()
    await first._release_lease(now())  # noqa: SLF001
    await asyncio.sleep(0.002)
    swept = await second.sweep()

    assert (held is not None, refused, swept) == (True, False, True)
    assert await documents.leases.find({"_id": "sweeper"}).count() == 1


async def test_concurrent_sweepers_share_one_lease_and_lose_no_message(keep: Threadkeep, documents: Documents) -> None:
    thread_id, _ = await make_history(keep, 3)

    outcomes = await asyncio.gather(*[new_sweeper(keep).sweep() for _ in range(5)])

    assert any(outcomes)
    assert await documents.leases.find({"_id": "sweeper"}).count() == 1
    assert len(await keep.message_service.list_messages(thread_id)) == 3


async def test_lease_of_a_killed_sweeper_is_taken_over(keep: Threadkeep, documents: Documents) -> None:
    await new_sweeper(keep)._take_lease()  # noqa: SLF001  the lease of a killed sweeper
    leases = documents.leases.get_pymongo_collection()
    await leases.update_one({"_id": "sweeper"}, {"$set": {"until": now() - timedelta(seconds=1)}})

    assert await new_sweeper(keep).sweep()


async def test_a_second_sweep_reads_only_messages_since_the_first(keep: Threadkeep, documents: Documents) -> None:
    thread_id, _ = await make_history(keep, 2)
    await sweep(keep)
    await documents.threads.update_one({"_id": thread_id}, {"$set": {"last_seq": 1, "message_count": 1}})
    await documents.messages.update_many({}, {"$set": {"created_at": now() - TWENTY_MINUTES}})
    await asyncio.sleep(0.002)

    await sweep(keep)
    overlooked = (await keep.thread_service.get_thread(thread_id)).last_seq
    await documents.messages.update_many({}, {"$set": {"created_at": now()}})
    await asyncio.sleep(0.002)
    await sweep(keep)

    assert (overlooked, (await keep.thread_service.get_thread(thread_id)).last_seq) == (1, 2)


async def test_an_open_threadkeep_sweeps_periodically(
    keep: Threadkeep, documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = await make_thread(keep, "x")
    kill_at(monkeypatch, documents.database["messages"], "delete_many")
    with pytest.raises(Killed):
        await keep.thread_service.delete_thread(thread.id)
    client: Any = documents.database.client

    async with type(keep)(client, database=documents.database.name, sweep_seconds=0.01):
        await until(lambda: is_empty(documents))

    assert await documents.deleted_threads.count() == 1


async def test_a_sweep_of_a_consistent_database_changes_nothing(keep: Threadkeep, documents: Documents) -> None:
    thread_id, _ = await make_history(keep, 5, without=(2,))
    await make_everything_older(documents)
    before = [await documents.database[name].find().to_list() for name in ("users", "threads", "deleted_messages")]
    messages = await keep.message_service.list_messages(thread_id)

    await sweep(keep)

    after = [await documents.database[name].find().to_list() for name in ("users", "threads", "deleted_messages")]
    assert after == before
    assert await keep.message_service.list_messages(thread_id) == messages
