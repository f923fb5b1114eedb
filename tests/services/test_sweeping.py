from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import NotFound, ThreadNotFound, Unavailable, UserNotFound
from threadkeep.services import Sweeper, threads
from threadkeep.services.store import now
from threadkeep.tests.factories import make_history, make_thread, make_user, make_users
from threadkeep.tests.services.interference import Killed, before_next, kill_at
from threadkeep.tests.waiting import until

if TYPE_CHECKING:
    from pymongo.asynchronous.collection import AsyncCollection

    from threadkeep.documents import Documents
    from threadkeep.keep import Threadkeep

LONG_AGO = timedelta(minutes=20)


def new_sweeper(keep: Threadkeep) -> Sweeper:
    """What sweeps in a process of its own."""
    return Sweeper(keep.store.documents, keep.store.appender.numbering, every_seconds=0.01)


async def sweep(keep: Threadkeep) -> None:
    await until(new_sweeper(keep).sweep)  # within one millisecond the lease of the last one is not over


async def make_everything_older(documents: Documents) -> None:
    """Let twenty minutes pass."""
    for name, fields in {
        "threads": ("created_at", "deleted_at"),
        "messages": ("created_at", "updated_at"),
        "deleted_messages": ("deleted_at",),
        "deleted_threads": ("deleted_at",),
    }.items():
        for field in fields:
            await documents.database[name].update_many(
                {field: {"$type": "date"}}, [{"$set": {field: {"$subtract": [f"${field}", 20 * 60 * 1000]}}}]
            )


async def counts(documents: Documents, *names: str) -> list[int]:
    return [await documents.database[name].count_documents({}) for name in names]


async def is_empty(documents: Documents) -> bool:
    return await counts(documents, "threads", "messages") == [0, 0]


async def test_thread_whose_maker_is_killed_is_invisible_and_swept(
    keep: Threadkeep, documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await make_user(keep)
    kill_at(monkeypatch, documents.database["threads"], "update_one")
    with pytest.raises(Killed):
        await keep.thread_service.create_thread([user.id], messages=[{"content": "x"}] * 3)
    [thread_id] = await documents.threads.distinct("_id")

    await sweep(keep)
    young = await counts(documents, "threads", "messages")
    with pytest.raises(ThreadNotFound):
        await keep.thread_service.get_thread(thread_id)
    assert await keep.thread_service.list_threads(user.id) == []
    assert await keep.thread_service.find_threads(owner=user.id) == []
    await make_everything_older(documents)
    await sweep(keep)

    assert young == [1, 3]
    assert await counts(documents, "threads", "messages") == [0, 0]


async def test_thread_that_is_made_while_it_is_given_up_is_either_whole_or_not_there(
    keep: Threadkeep, documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweeper has seen the unfinished thread, then its slow maker finishes, then the sweeper acts."""
    kill_at(monkeypatch, documents.database["threads"], "update_one")
    with pytest.raises(Killed):
        await keep.thread_service.create_thread(messages=[{"content": "x"}] * 3)
    monkeypatch.undo()
    await make_everything_older(documents)
    threads = documents.threads

    async def finish_making() -> None:
        await threads.find_one_and_update({"creating": True}, {"$set": {"deleted_at": None}, "$unset": {"creating": 1}})

    before_next(monkeypatch, documents.database["threads"], "update_one", finish_making)
    await sweep(keep)
    [thread] = await keep.thread_service.find_threads()

    assert thread.message_count == 3
    assert len(await keep.message_service.list_messages(thread.id)) == 3


async def test_maker_that_was_given_up_hears_of_it(
    keep: Threadkeep, documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def give_up() -> None:
        await make_everything_older(documents)
        monkeypatch.undo()
        await sweep(keep)

    before_next(monkeypatch, documents.database["threads"], "update_one", give_up)
    with pytest.raises(Unavailable):
        await keep.thread_service.create_thread(messages=[{"content": "x"}])

    assert await counts(documents, "threads", "messages") == [0, 0]


@pytest.mark.parametrize(
    ("collection", "operation"),
    [("messages", "delete_many"), ("deleted_threads", "update_one"), ("threads", "delete_one")],
)
async def test_deletion_of_a_thread_that_is_killed_is_finished(
    keep: Threadkeep, documents: Documents, monkeypatch: pytest.MonkeyPatch, collection: str, operation: str
) -> None:
    thread_id, messages = await make_history(keep, 5, without=(2,))
    kept_id, _ = await make_history(keep, 3, without=(3,))
    kill_at(monkeypatch, documents.database[collection], operation)
    with pytest.raises(Killed):
        await keep.thread_service.delete_thread(thread_id)

    for call in (
        keep.thread_service.get_thread(thread_id),
        keep.message_service.get_message(messages[0].id),
        keep.message_service.create_message(thread_id, "late", "assistant"),
    ):
        with pytest.raises(NotFound):
            await call
    await sweep(keep)

    assert await documents.threads.distinct("_id") == [kept_id]
    assert await documents.messages.distinct("thread_id") == [kept_id]
    assert await documents.deleted_messages.distinct("thread_id") == [kept_id]


async def test_long_thread_is_removed_behind_the_answer(
    keep: Threadkeep, documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "BATCH", 5)
    thread = await make_thread(keep, *"abcdef")

    await keep.thread_service.delete_thread(thread.id)
    await until(lambda: is_empty(documents))

    assert await documents.deleted_threads.count() == 1


async def test_long_thread_whose_removal_ends_with_the_process_is_finished(
    keep: Threadkeep, documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "BATCH", 5)
    thread = await make_thread(keep, *"abcdef")
    await keep.thread_service.delete_thread(thread.id)
    await keep.store.background.close()

    await sweep(keep)

    assert await counts(documents, "threads", "messages") == [0, 0]


async def test_message_that_lands_after_its_thread_was_purged_is_found(keep: Threadkeep, documents: Documents) -> None:
    thread_id, _ = await make_history(keep, 2)
    row = await documents.messages.find_one({"thread_id": thread_id, "seq": 2})
    assert row is not None
    await keep.thread_service.delete_thread(thread_id)
    await documents.messages.insert_one(row | {"_id": "message_late", "seq": 3})

    with pytest.raises(NotFound):
        await keep.message_service.get_message("message_late")
    await make_everything_older(documents)
    await sweep(keep)

    assert await documents.messages.count_documents({}) == 0


@pytest.mark.parametrize(
    ("collection", "operation"),
    [
        ("threads", "find_one_and_update"),
        ("messages", "delete_many"),
        ("threads", "update_many"),
        ("messages", "update_many"),
        ("users", "delete_many"),
    ],
)
async def test_erasure_that_is_killed_is_finished(
    keep: Threadkeep, documents: Documents, monkeypatch: pytest.MonkeyPatch, collection: str, operation: str
) -> None:
    ada, bob = await make_users(keep, 2)
    await make_thread(keep, "hers", participant_ids=[ada.id])
    shared = await make_thread(keep, participant_ids=[bob.id, ada.id])
    await keep.message_service.create_message(shared.id, "hers", sender_id=ada.id)
    await keep.key_service.create_key("user", user_id=ada.id)
    kill_at(monkeypatch, documents.database[collection], operation)
    with pytest.raises(Killed):
        await keep.user_service.delete_user(ada.id)

    with pytest.raises(UserNotFound):
        await keep.user_service.get_user(ada.id)
    await sweep(keep)

    assert await documents.users.get_pymongo_collection().distinct("_id") == [bob.id]
    assert await documents.threads.distinct("participant_ids") == [bob.id]
    assert await documents.messages.distinct("sender_id") == ["deleted_user"]
    assert await documents.api_keys.count() == 0


@pytest.mark.parametrize(("collection", "turn"), [("messages", 1), ("threads", 2), ("deleted_messages", 1)])
async def test_deletion_of_a_message_that_is_killed_is_finished(
    keep: Threadkeep, documents: Documents, monkeypatch: pytest.MonkeyPatch, collection: str, turn: int
) -> None:
    thread_id, messages = await make_history(keep, 3)
    if turn == 1:
        kill_at(monkeypatch, documents.database[collection], "update_one")
    else:
        kill_second_update(monkeypatch, documents.database[collection])
    with pytest.raises(Killed):
        await keep.message_service.delete_message(messages[2].id)
    monkeypatch.undo()

    await make_everything_older(documents)
    await sweep(keep)
    thread = await keep.thread_service.get_thread(thread_id)

    assert (thread.message_count, thread.last_seq) == (2, 3)
    assert [m.seq for m in await keep.message_service.list_messages(thread_id)] == [1, 2]
    assert (await keep.message_service.create_message(thread_id, "x")).seq == 4


def kill_second_update(monkeypatch: pytest.MonkeyPatch, collection: AsyncCollection[Any]) -> None:
    async def arm() -> None:
        kill_at(monkeypatch, collection, "update_one")

    before_next(monkeypatch, collection, "update_one", arm)


async def test_deletion_of_a_message_that_was_killed_can_be_asked_for_again(
    keep: Threadkeep, documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread_id, messages = await make_history(keep, 3)
    kill_at(monkeypatch, documents.database["messages"], "update_one")
    with pytest.raises(Killed):
        await keep.message_service.delete_message(messages[0].id)

    await keep.message_service.delete_message(messages[0].id)
    thread = await keep.thread_service.get_thread(thread_id)

    assert (thread.message_count, thread.last_seq) == (2, 3)


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
    await first._leave_lease(now())  # noqa: SLF001
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
        await until(lambda: is_empty(documents))

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
