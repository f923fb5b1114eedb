"""Deletions of threads, users and messages that were killed, and deletions of long threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import NotFound, UserNotFound
from threadkeep.services import Tuning
from threadkeep.tests.factories import make_history, make_thread, make_users
from threadkeep.tests.services.interference import Killed, before_next, kill_at
from threadkeep.tests.services.maintenance.sweeping import counts, is_empty, make_everything_older, sweep
from threadkeep.tests.waiting import until

if TYPE_CHECKING:
    from pymongo.asynchronous.collection import AsyncCollection

    from threadkeep.documents import Documents
    from threadkeep.keep import Threadkeep


@pytest.mark.parametrize(
    ("collection", "operation"),
    [("messages", "delete_many"), ("deleted_threads", "update_one"), ("threads", "delete_one")],
)
async def test_a_sweep_completes_a_killed_deletion_of_a_thread(
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


@pytest.mark.parametrize("tuning", [Tuning(purge_at_once=5)])
async def test_a_long_thread_is_purged_after_the_answer(keep: Threadkeep, documents: Documents) -> None:
    thread = await make_thread(keep, *"abcdef")

    await keep.thread_service.delete_thread(thread.id)
    await until(lambda: is_empty(documents))

    assert await documents.deleted_threads.count() == 1


@pytest.mark.parametrize("tuning", [Tuning(purge_at_once=5)])
async def test_a_sweep_completes_a_purge_that_ended_with_its_process(keep: Threadkeep, documents: Documents) -> None:
    thread = await make_thread(keep, *"abcdef")
    await keep.thread_service.delete_thread(thread.id)
    await keep.runtime.background.close()

    await sweep(keep)

    assert await counts(documents, "threads", "messages") == [0, 0]


async def test_a_sweep_removes_a_message_that_is_stored_after_the_purge_of_its_thread(
    keep: Threadkeep, documents: Documents
) -> None:
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
        ("threads", "update_one"),
        ("messages", "delete_many"),
        ("threads", "update_many"),
        ("messages", "update_many"),
        ("users", "delete_many"),
    ],
)
async def test_a_sweep_completes_a_killed_erasure(
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
async def test_a_sweep_completes_a_killed_deletion_of_a_message(
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


async def test_a_killed_deletion_of_a_message_can_be_sent_again(
    keep: Threadkeep, documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread_id, messages = await make_history(keep, 3)
    kill_at(monkeypatch, documents.database["messages"], "update_one")
    with pytest.raises(Killed):
        await keep.message_service.delete_message(messages[0].id)

    await keep.message_service.delete_message(messages[0].id)
    thread = await keep.thread_service.get_thread(thread_id)

    assert (thread.message_count, thread.last_seq) == (2, 3)
