from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from threadkeep.errors import Unavailable
from threadkeep.services.analytics.pipelines.contributions import VERSION
from threadkeep.services.analytics.rollups import Rollups
from threadkeep.services.deletion.purge import mark_deleted
from threadkeep.services.maintenance.leases import Leaseholder
from threadkeep.services.maintenance.sweeper import Sweeper
from threadkeep.tests.services.analytics.facts import FIRST, expected, stored

if TYPE_CHECKING:
    from threadkeep import Threadkeep
    from threadkeep.documents import Documents
    from threadkeep.tests.services.analytics.facts import StoreMessage


async def days_of(rollups: Rollups) -> int:
    """Return the number of days that a run computed."""
    report = await rollups.run()
    assert report is not None
    return int(report.days)


async def test_the_facts_equal_those_computed_from_the_messages(
    keep: Threadkeep, documents: Documents, rollups: Rollups, store_message: StoreMessage
) -> None:
    ada = await keep.user_service.create_user()
    thread = await keep.thread_service.create_thread([ada.id])
    await store_message(thread.id, 23.99, sender_id=ada.id, content="Wie tief?")
    await store_message(
        thread.id, 24.01, "assistant", assistant_id="asst_1", tool_calls=[{"function": {"name": "depth"}}]
    )
    await store_message(thread.id, 24.02, "tool", tool_call_id="c")
    await store_message(thread.id, 24.03, "assistant", assistant_id="asst_1", content="3 m")
    assert await rollups.as_of() is None

    await rollups.run()

    facts = await stored(documents)
    assert facts == await expected(documents)
    (answered,) = [row for row in facts["daily_messages"] if row["role"] == "assistant"]
    assert (answered["messages"], answered["answers"], answered["answer_p50"], answered["tool_calls"]) == (
        2,
        1,
        72.0,
        1,
    )
    assert await rollups.as_of() is not None


async def test_only_days_that_changed_are_computed_again(
    keep: Threadkeep, rollups: Rollups, store_message: StoreMessage, documents: Documents
) -> None:
    thread = await keep.thread_service.create_thread()
    messages = [await store_message(thread.id, 24 * day) for day in range(8)]
    assert await days_of(rollups) == 8
    assert await days_of(rollups) == 0

    await keep.message_service.update_message(messages[2], content="edited")
    assert await days_of(rollups) == 2  # its day, and the next day for its answer times
    await keep.message_service.delete_message(messages[4])
    assert await days_of(rollups) == 2
    await store_message(thread.id, 24 * 6 + 1)
    assert await days_of(rollups) == 2
    assert await stored(documents) == await expected(documents)


async def test_a_new_message_recomputes_only_its_day(keep: Threadkeep, rollups: Rollups, documents: Documents) -> None:
    thread = await keep.thread_service.create_thread()
    await rollups.run()
    await keep.message_service.create_message(thread.id, "now", sender_id="somebody")

    assert await days_of(rollups) == 1
    assert await stored(documents) == await expected(documents)


async def test_a_deleted_thread_is_removed_from_the_facts(
    keep: Threadkeep, rollups: Rollups, store_message: StoreMessage, documents: Documents
) -> None:
    deleted, kept = [await keep.thread_service.create_thread() for _ in range(2)]
    for day in (0, 3, 6):
        await store_message(deleted.id, 24 * day)
        await store_message(kept.id, 24 * day + 1)
    await store_message(deleted.id, 24 * 9)
    await rollups.run()

    await keep.thread_service.delete_thread(deleted.id)

    assert await days_of(rollups) == 8
    assert await stored(documents) == await expected(documents)
    assert {row["thread_id"] for row in (await stored(documents))["daily_threads"]} == {kept.id}


async def test_a_thread_marked_as_deleted_is_not_in_the_facts_before_and_after_its_purge(
    keep: Threadkeep, rollups: Rollups, store_message: StoreMessage, documents: Documents
) -> None:
    thread = await keep.thread_service.create_thread()
    await store_message(thread.id, 0)
    await rollups.run()

    await mark_deleted(documents, thread.id)
    await rollups.run()
    assert await stored(documents) == {"daily_messages": [], "daily_users": [], "daily_threads": []}

    await Sweeper(documents, keep.runtime.appender.sequencer, every_seconds=1).sweep()
    await rollups.run()
    assert await stored(documents) == await expected(documents)


async def test_a_thread_enters_the_facts_when_its_creation_is_complete(
    keep: Threadkeep, rollups: Rollups, store_message: StoreMessage, documents: Documents
) -> None:
    thread = await keep.thread_service.create_thread()
    await documents.threads.update_one({"_id": thread.id}, {"$set": {"deleted_at": FIRST, "creating": True}})
    await store_message(thread.id, 5)
    await rollups.run()
    assert (await stored(documents))["daily_messages"] == []

    await documents.threads.update_one({"_id": thread.id}, {"$set": {"deleted_at": None}, "$unset": {"creating": 1}})
    await rollups.run()

    assert len((await stored(documents))["daily_messages"]) == 1
    assert await stored(documents) == await expected(documents)


async def test_an_erased_user_is_removed_from_the_facts_at_once(
    keep: Threadkeep, rollups: Rollups, store_message: StoreMessage, documents: Documents
) -> None:
    ada, bob = [await keep.user_service.create_user() for _ in range(2)]
    thread = await keep.thread_service.create_thread([ada.id, bob.id], owner_id=ada.id)
    await store_message(thread.id, 0, sender_id=bob.id)
    await store_message(thread.id, 1, sender_id=ada.id)
    await rollups.run()

    await keep.user_service.delete_user(bob.id)

    assert [row["user_id"] for row in (await stored(documents))["daily_users"]] == [ada.id]
    await rollups.run()
    assert await stored(documents) == await expected(documents)


async def test_the_next_run_completes_a_killed_run(
    keep: Threadkeep, rollups: Rollups, store_message: StoreMessage, documents: Documents
) -> None:
    thread = await keep.thread_service.create_thread()
    for day in range(6):
        await store_message(thread.id, 24 * day)

    def die(done: int, _: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await rollups.run(die)
    assert len((await stored(documents))["daily_threads"]) == 4

    assert await days_of(rollups) == 2
    assert await stored(documents) == await expected(documents)


async def test_a_rebuild_corrects_wrong_facts(
    keep: Threadkeep, rollups: Rollups, store_message: StoreMessage, documents: Documents
) -> None:
    thread = await keep.thread_service.create_thread()
    for day in range(4):
        await store_message(thread.id, 24 * day)
    await rollups.run()
    await documents.database["daily_threads"].update_many({}, {"$set": {"messages": 77}})
    # Without a tombstone, so that a run cannot find the change.
    await documents.messages.delete_one({"thread_id": thread.id, "seq": 4})

    report = await rollups.rebuild(FIRST + timedelta(days=2))
    assert report is not None
    assert report.days == 2
    assert [row["messages"] for row in (await stored(documents))["daily_threads"]] == [77, 77, 1]
    await rollups.rebuild()
    assert await stored(documents) == await expected(documents)


async def test_facts_of_an_older_version_are_computed_again(
    keep: Threadkeep, rollups: Rollups, store_message: StoreMessage, documents: Documents
) -> None:
    thread = await keep.thread_service.create_thread()
    for day in range(3):
        await store_message(thread.id, 24 * day)
    await rollups.run()

    newer = Rollups(documents, look_back=timedelta(0), version=VERSION + 1)

    assert await days_of(newer) == 3
    assert await days_of(newer) == 0


async def test_a_run_after_the_tombstones_expired_computes_all_days(
    keep: Threadkeep, rollups: Rollups, store_message: StoreMessage, documents: Documents
) -> None:
    thread = await keep.thread_service.create_thread()
    for day in range(3):
        await store_message(thread.id, 24 * day)
    await rollups.run()
    await documents.database["rollups"].update_one(
        {}, [{"$set": {"watermark": {"$subtract": ["$watermark", 29 * 86_400_000]}}}]
    )
    await documents.messages.update_many({}, {"$unset": {"imported_at": 1}})

    assert await days_of(rollups) == 3


async def test_only_one_process_computes_the_facts_at_a_time(rollups: Rollups, documents: Documents) -> None:
    other = Leaseholder(documents, "rollups")
    assert await other.take() is not None

    assert await rollups.run() is None
    await other.release()
    assert await rollups.run() is not None


async def test_a_run_that_loses_its_lease_leaves_its_day_to_the_next_run(
    keep: Threadkeep,
    rollups: Rollups,
    store_message: StoreMessage,
    documents: Documents,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    thread = await keep.thread_service.create_thread()
    await store_message(thread.id, 0)

    async def lost(_: Leaseholder) -> bool:
        return False

    monkeypatch.setattr(Leaseholder, "renew", lost)
    with pytest.raises(Unavailable):
        await rollups.run()
    monkeypatch.undo()

    assert await days_of(rollups) == 1
    assert await stored(documents) == await expected(documents)
