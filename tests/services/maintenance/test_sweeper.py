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
    from datetime import datetime

    from threadkeep.documents import Documents
    from threadkeep.documents.lease import Lease
    from threadkeep.keep import Threadkeep
    from threadkeep.services import Sweeper

TWENTY_MINUTES = timedelta(minutes=20)


def hold_back(monkeypatch: pytest.MonkeyPatch, sweeper: Sweeper) -> asyncio.Event:
    """Make the next sweep wait in the middle until the event is set."""
    goes_on = asyncio.Event()
    monkeypatch.setattr(sweeper, "_erase_users", goes_on.wait)
    return goes_on


async def lease_ends(documents: Documents) -> datetime:
    """Return when the lease of the sweeper ends. Waits until a sweeper has it."""
    lease: Lease | None = None

    async def is_taken() -> bool:
        nonlocal lease
        lease = await documents.leases.get("sweeper")
        return lease is not None

    await until(is_taken)
    assert lease is not None
    return lease.until


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


@pytest.mark.slow
async def test_a_long_sweep_keeps_its_lease_and_no_other_sweeper_begins(
    keep: Threadkeep, documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = new_sweeper(keep, lease_seconds=2), new_sweeper(keep, lease_seconds=2)
    goes_on = hold_back(monkeypatch, first)
    sweeping = asyncio.create_task(first.sweep())
    until_at_first = await lease_ends(documents)

    while await lease_ends(documents) < until_at_first + timedelta(seconds=2.5):  # renewed for longer than it lasts
        assert not await second.sweep()
    goes_on.set()

    assert await sweeping
    await until(second.sweep)


async def test_a_sweeper_that_loses_its_lease_stops(
    keep: Threadkeep, documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweeper = new_sweeper(keep, lease_seconds=0.1)
    goes_on = hold_back(monkeypatch, sweeper)
    sweeping = asyncio.create_task(sweeper.sweep())
    await lease_ends(documents)
    leases = documents.leases.get_pymongo_collection()
    taken = {"holder": "another process", "until": now() + timedelta(seconds=60)}
    await leases.update_one({"_id": "sweeper"}, {"$set": taken})

    assert not await sweeping
    goes_on.set()
    lease = await documents.leases.get("sweeper")
    assert (lease is not None and lease.holder, lease is not None and lease.watermark) == ("another process", None)


async def test_concurrent_sweepers_share_one_lease_and_lose_no_message(keep: Threadkeep, documents: Documents) -> None:
    thread_id, _ = await make_history(keep, 3)

    outcomes = await asyncio.gather(*[new_sweeper(keep).sweep() for _ in range(5)])

    assert any(outcomes)
    assert await documents.leases.find({"_id": "sweeper"}).count() == 1
    assert len(await keep.message_service.list_messages(thread_id)) == 3


async def test_lease_of_a_killed_sweeper_is_taken_over(
    keep: Threadkeep, documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = new_sweeper(keep)
    hold_back(monkeypatch, killed)
    sweeping = asyncio.create_task(killed.sweep())
    await lease_ends(documents)
    sweeping.cancel()
    assert not await new_sweeper(keep).sweep()
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
