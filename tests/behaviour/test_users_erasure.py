from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from threadkeep.errors import ThreadNotFound, UserNotFound
from threadkeep.tests.factories import make_thread, make_user, make_users

if TYPE_CHECKING:
    from threadkeep.tests.factories import ServiceProvider


async def test_erasure_returns_counts_of_its_changes(services: ServiceProvider) -> None:
    ada, bob = await make_users(services, 2)
    for _ in range(2):
        await make_thread(services, "hers", participant_ids=[ada.id, bob.id])
    for _ in range(3):
        thread = await make_thread(services, participant_ids=[bob.id, ada.id])
        await services.message_service.create_message(thread.id, "hers", sender_id=ada.id)
    await services.message_service.create_message(thread.id, "one more", sender_id=ada.id)
    await services.key_service.create_key("user", user_id=ada.id)

    answer = await services.user_service.delete_user(ada.id)

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


async def test_an_erased_user_is_in_no_read(services: ServiceProvider) -> None:
    ada, bob = await make_users(services, 2)
    await make_thread(services, "hers", participant_ids=[ada.id])
    await make_thread(services, "his", participant_ids=[bob.id, ada.id])

    await services.user_service.delete_user(ada.id)

    for call in (
        services.user_service.get_user(ada.id),
        services.user_service.update_user(ada.id, full_name="x"),
        services.user_service.delete_user(ada.id),
        services.key_service.create_key("user", user_id=ada.id),
    ):
        with pytest.raises(UserNotFound, match=ada.id):
            await call
    assert await services.user_service.list_users() == [bob]
    assert await services.thread_service.list_threads(ada.id) == []
    assert await services.thread_service.find_threads(participant=ada.id) == []
    assert await services.thread_service.find_threads(owner=ada.id) == []
    assert await services.key_service.list_keys(ada.id) == []


async def test_threads_of_an_erased_owner_are_deleted_for_all_participants(services: ServiceProvider) -> None:
    ada, bob = await make_users(services, 2)
    own = await make_thread(services, "x", participant_ids=[ada.id])
    shared = await make_thread(services, "x", participant_ids=[bob.id, ada.id], owner_id=ada.id)

    await services.user_service.delete_user(ada.id)

    for thread_id in (own.id, shared.id):
        with pytest.raises(ThreadNotFound, match=thread_id):
            await services.message_service.list_messages(thread_id)
    assert await services.thread_service.list_threads(bob.id) == []


async def test_threads_of_other_owners_keep_the_messages_of_an_erased_user(services: ServiceProvider) -> None:
    ada, bob = await make_users(services, 2)
    thread = await make_thread(services, participant_ids=[bob.id, ada.id], meta_data={"topic": "cats"})
    for sender in (bob.id, ada.id, "assistant", ada.id, bob.id):
        await services.message_service.create_message(thread.id, f"from {sender}", sender_id=sender)
    before = await services.message_service.list_messages(thread.id)

    await services.user_service.delete_user(ada.id)
    after = await services.message_service.list_messages(thread.id)
    left = await services.thread_service.get_thread(thread.id)

    assert [m.sender_id for m in after] == [bob.id, "deleted_user", "assistant", "deleted_user", bob.id]
    assert [(m.id, m.seq, m.content) for m in after] == [(m.id, m.seq, m.content) for m in before]
    assert (left.owner_id, left.participant_ids, left.meta_data) == (bob.id, [bob.id], {"topic": "cats"})
    assert (left.message_count, left.revision) == (5, 2)


async def test_erasure_keeps_the_revision_of_messages_of_other_users(services: ServiceProvider) -> None:
    ada, bob = await make_users(services, 2)
    thread = await make_thread(services, participant_ids=[bob.id, ada.id])
    his = await services.message_service.create_message(thread.id, "his", sender_id=bob.id)

    await services.user_service.delete_user(ada.id)

    assert await services.message_service.get_message(his.id) == his


async def test_erasure_changes_no_other_user_and_no_thread_without_the_user(services: ServiceProvider) -> None:
    ada, bob = await make_users(services, 2)
    thread = await make_thread(services, "his", participant_ids=[bob.id])
    before = await services.thread_service.get_thread(thread.id)

    answer = await services.user_service.delete_user(ada.id)

    assert (answer.threads_deleted, answer.threads_left, answer.messages_anonymised) == (0, 0, 0)
    assert await services.user_service.get_user(bob.id) == bob
    assert await services.thread_service.get_thread(thread.id) == before


async def test_the_email_and_identity_of_an_erased_user_can_be_used_again(services: ServiceProvider) -> None:
    known = {"email": "ada@example.org", "oauth_provider": "example", "provider_user_id": "42"}
    first = await make_user(services, **known)
    await services.user_service.delete_user(first.id)

    second = await make_user(services, **known)

    assert (second.email, second.id != first.id) == ("ada@example.org", True)


async def test_concurrent_erasures_of_one_user_succeed_once(services: ServiceProvider) -> None:
    ada = await make_user(services)
    await make_thread(services, participant_ids=[ada.id])

    outcomes = await asyncio.gather(
        *[services.user_service.delete_user(ada.id) for _ in range(4)], return_exceptions=True
    )
    [done] = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]

    assert [type(outcome) for outcome in outcomes].count(UserNotFound) == 3
    assert done.threads_deleted == 1


async def test_users_who_share_threads_are_erased_concurrently(services: ServiceProvider) -> None:
    users = await make_users(services, 4)
    ids = [user.id for user in users]
    threads = [await make_thread(services, participant_ids=ids[turn:] + ids[:turn]) for turn in range(4)]
    for thread in threads:
        for user_id in ids:
            await services.message_service.create_message(thread.id, "x", sender_id=user_id)

    await asyncio.gather(*[services.user_service.delete_user(user_id) for user_id in ids[1:]])
    kept = await services.thread_service.get_thread(threads[0].id)
    senders = [message.sender_id for message in await services.message_service.list_messages(kept.id)]

    assert await services.thread_service.list_threads(ids[0]) == [kept.id]
    assert kept.participant_ids == [ids[0]]
    assert senders == [ids[0], *["deleted_user"] * 3]
