from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from threadkeep.errors import ThreadNotFound, UserNotFound
from threadkeep.tests.factories import make_thread, make_user, make_users

if TYPE_CHECKING:
    from threadkeep.tests.factories import ErrorBoundary


async def test_erasure_says_what_it_did(door: ErrorBoundary) -> None:
    ada, bob = await make_users(door, 2)
    for _ in range(2):
        await make_thread(door, "hers", participant_ids=[ada.id, bob.id])
    for _ in range(3):
        thread = await make_thread(door, participant_ids=[bob.id, ada.id])
        await door.message_service.create_message(thread.id, "hers", sender_id=ada.id)
    await door.message_service.create_message(thread.id, "one more", sender_id=ada.id)
    await door.key_service.create_key("user", user_id=ada.id)

    answer = await door.user_service.delete_user(ada.id)

    assert (
        answer.items()
        >= {
            "success": True,
            "threads_deleted": 2,
            "threads_left": 3,
            "messages_anonymised": 4,
            "keys_revoked": 1,
        }.items()
    )
    assert ada.id in answer.message


async def test_erased_user_is_nowhere(door: ErrorBoundary) -> None:
    ada, bob = await make_users(door, 2)
    await make_thread(door, "hers", participant_ids=[ada.id])
    await make_thread(door, "his", participant_ids=[bob.id, ada.id])

    await door.user_service.delete_user(ada.id)

    for call in (
        door.user_service.get_user(ada.id),
        door.user_service.update_user(ada.id, full_name="x"),
        door.user_service.delete_user(ada.id),
        door.key_service.create_key("user", user_id=ada.id),
    ):
        with pytest.raises(UserNotFound, match=ada.id):
            await call
    assert await door.user_service.list_users() == [bob]
    assert await door.thread_service.list_threads(ada.id) == []
    assert await door.thread_service.find_threads(participant=ada.id) == []
    assert await door.thread_service.find_threads(owner=ada.id) == []
    assert await door.key_service.list_keys(ada.id) == []


async def test_threads_of_the_erased_are_deleted_for_everybody(door: ErrorBoundary) -> None:
    ada, bob = await make_users(door, 2)
    own = await make_thread(door, "x", participant_ids=[ada.id])
    shared = await make_thread(door, "x", participant_ids=[bob.id, ada.id], owner_id=ada.id)

    await door.user_service.delete_user(ada.id)

    for gone in (own.id, shared.id):
        with pytest.raises(ThreadNotFound, match=gone):
            await door.message_service.list_messages(gone)
    assert await door.thread_service.list_threads(bob.id) == []


async def test_threads_of_others_stay_with_all_that_was_said_in_them(door: ErrorBoundary) -> None:
    ada, bob = await make_users(door, 2)
    thread = await make_thread(door, participant_ids=[bob.id, ada.id], meta_data={"topic": "cats"})
    for sender in (bob.id, ada.id, "assistant", ada.id, bob.id):
        await door.message_service.create_message(thread.id, f"from {sender}", sender_id=sender)
    before = await door.message_service.list_messages(thread.id)

    await door.user_service.delete_user(ada.id)
    after = await door.message_service.list_messages(thread.id)
    left = await door.thread_service.get_thread(thread.id)

    assert [m.sender_id for m in after] == [bob.id, "deleted_user", "assistant", "deleted_user", bob.id]
    assert [(m.id, m.seq, m.content) for m in after] == [(m.id, m.seq, m.content) for m in before]
    assert (left.owner_id, left.participant_ids, left.meta_data) == (bob.id, [bob.id], {"topic": "cats"})
    assert (left.message_count, left.revision) == (5, 2)


async def test_messages_of_others_keep_their_revision(door: ErrorBoundary) -> None:
    ada, bob = await make_users(door, 2)
    thread = await make_thread(door, participant_ids=[bob.id, ada.id])
    his = await door.message_service.create_message(thread.id, "his", sender_id=bob.id)

    await door.user_service.delete_user(ada.id)

    assert await door.message_service.get_message(his.id) == his


async def test_others_and_their_threads_are_untouched(door: ErrorBoundary) -> None:
    ada, bob = await make_users(door, 2)
    thread = await make_thread(door, "his", participant_ids=[bob.id])
    before = await door.thread_service.get_thread(thread.id)

    answer = await door.user_service.delete_user(ada.id)

    assert (answer.threads_deleted, answer.threads_left, answer.messages_anonymised) == (0, 0, 0)
    assert await door.user_service.get_user(bob.id) == bob
    assert await door.thread_service.get_thread(thread.id) == before


async def test_address_and_identity_of_the_erased_are_free(door: ErrorBoundary) -> None:
    known = {"email": "ada@example.org", "oauth_provider": "example", "provider_user_id": "42"}
    first = await make_user(door, **known)
    await door.user_service.delete_user(first.id)

    second = await make_user(door, **known)

    assert (second.email, second.id != first.id) == ("ada@example.org", True)


async def test_user_erased_at_once_is_erased_once(door: ErrorBoundary) -> None:
    ada = await make_user(door)
    await make_thread(door, participant_ids=[ada.id])

    outcomes = await asyncio.gather(*[door.user_service.delete_user(ada.id) for _ in range(4)], return_exceptions=True)
    [done] = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]

    assert [type(outcome) for outcome in outcomes].count(UserNotFound) == 3
    assert done.threads_deleted == 1


async def test_users_that_share_threads_can_be_erased_at_once(door: ErrorBoundary) -> None:
    users = await make_users(door, 4)
    ids = [user.id for user in users]
    threads = [await make_thread(door, participant_ids=ids[turn:] + ids[:turn]) for turn in range(4)]
    for thread in threads:
        for user_id in ids:
            await door.message_service.create_message(thread.id, "x", sender_id=user_id)

    await asyncio.gather(*[door.user_service.delete_user(user_id) for user_id in ids[1:]])
    kept = await door.thread_service.get_thread(threads[0].id)
    senders = [message.sender_id for message in await door.message_service.list_messages(kept.id)]

    assert await door.thread_service.list_threads(ids[0]) == [kept.id]
    assert kept.participant_ids == [ids[0]]
    assert senders == [ids[0], *["deleted_user"] * 3]
