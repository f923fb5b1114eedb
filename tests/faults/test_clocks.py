"""The clocks of two processes differ by minutes or hours: no process takes the work of a running one for abandoned."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.clock import now
from threadkeep.documents import database_time
from threadkeep.errors import StillRunning, Unavailable
from threadkeep.services import Caller, Tuning
from threadkeep.services.idempotency.claims import Claims
from threadkeep.services.maintenance.leases import Leaseholder
from threadkeep.tests.clocks import clock_ahead
from threadkeep.tests.factories import make_thread
from threadkeep.tests.faults.batches import RUNNING_WRITERS
from threadkeep.tests.services.interference import halfway_through_next_insert
from threadkeep.tests.services.maintenance.sweeping import new_sweeper
from threadkeep.tests.waiting import until

if TYPE_CHECKING:
    from threadkeep.documents import Documents
    from threadkeep.keep import Threadkeep
    from threadkeep.tests.faults.conftest import Pair

MINUTES = [pytest.param(minutes, id=f"{minutes:+} minutes") for minutes in (-600, -10, 10, 600)]
BATCH: list[Any] = [{"role": "tool", "content": text} for text in "abcd"]


@pytest.mark.parametrize("minutes", MINUTES)
async def test_a_running_batch_is_stored_whole_or_not_at_all(
    standalone_keeps: Pair, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    one, other = standalone_keeps
    thread = await make_thread(one)

    async def sweep() -> None:
        await until(new_sweeper(other).sweep)

    halfway_through_next_insert(monkeypatch, one.runtime.documents.messages, sweep)
    with clock_ahead(minutes=minutes):
        stored = await one.message_service.create_messages(thread.id, BATCH)

    found = await other.message_service.list_messages(thread.id)
    assert [message.content for message in found] == ["a", "b", "c", "d"]
    assert [message.id for message in found] == [message.id for message in stored]
    assert (await one.thread_service.get_thread(thread.id)).message_count == 4


@pytest.mark.parametrize("minutes", MINUTES)
async def test_a_lease_is_not_taken_from_its_holder(documents: Documents, minutes: int) -> None:
    holder, other = Leaseholder(documents, "work", seconds=30), Leaseholder(documents, "work", seconds=30)
    with clock_ahead(minutes=minutes):
        assert await holder.take() is not None
    assert await other.take() is None
    with clock_ahead(minutes=-minutes):
        assert await other.take() is None
    with clock_ahead(minutes=minutes):
        assert await holder.renew()
        await holder.release()

    async def is_taken() -> bool:
        return await other.take() is not None

    await until(is_taken)  # the lease lasts to the end of its millisecond


@pytest.mark.parametrize("tuning", [RUNNING_WRITERS])
@pytest.mark.parametrize("minutes", MINUTES)
async def test_the_next_message_does_not_take_the_chunks_of_the_one_before(keep: Threadkeep, minutes: int) -> None:
    """A process closed the draft and is about to store the message."""
    thread = await make_thread(keep)
    append_chunk = keep.message_service.append_chunk
    await append_chunk(thread.id, "first ", is_last=False)
    drafts = keep.runtime.documents.drafts.get_pymongo_collection()
    closed = await drafts.find_one()
    with clock_ahead(minutes=minutes):
        await append_chunk(thread.id, "message", is_last=True)
    message = (await keep.message_service.list_messages(thread.id))[0]
    await keep.runtime.documents.messages.delete_many({})
    # As `Draft.close` leaves it.
    assert closed is not None
    await drafts.insert_one({**closed, "message_id": message.id})
    await drafts.update_one({"_id": closed["_id"]}, {"$currentDate": {"updated_at": True}})

    with clock_ahead(minutes=minutes), pytest.raises(Unavailable, match="message before is being written"):
        await append_chunk(thread.id, "second", is_last=False)


@pytest.mark.parametrize("minutes", MINUTES)
async def test_a_purged_thread_is_looked_at_again_when_no_append_can_be_running(keep: Threadkeep, minutes: int) -> None:
    thread = await make_thread(keep, "x")
    with clock_ahead(minutes=minutes):
        await keep.thread_service.delete_thread(thread.id)

    deleted: Any = await keep.runtime.documents.deleted_threads.get_pymongo_collection().find_one({"_id": thread.id})
    moment = await database_time(keep.runtime.documents.database)

    assert abs(moment - deleted["deleted_at"]) < timedelta(seconds=20)


async def test_a_claim_of_a_killed_process_whose_clock_was_ahead_is_taken_over(keep: Threadkeep) -> None:
    documents, caller = keep.runtime.documents, Caller("admin")
    killed = Claims(documents, Tuning())
    soon, later = (Claims(documents, Tuning(claim_lock_seconds=seconds)) for seconds in (600, 0))
    with clock_ahead(minutes=600):
        first = await killed.claim(caller, b"key", b"request")
    for other in (soon, soon, later):
        with pytest.raises(StillRunning):
            await other.claim(caller, b"key", b"request")

    taken = await later.claim(caller, b"key", b"request")

    assert taken.seed == first.seed
    assert taken.created_at > now()
