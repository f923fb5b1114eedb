"""External ids: an application names its users and threads, and gets exactly one of each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import (
    EmailTaken,
    ExternalIdTaken,
    InvalidInput,
    InvalidParticipants,
    ThreadNotFound,
    UserNotFound,
)
from threadkeep.tests.factories import make_user, make_users

if TYPE_CHECKING:
    from threadkeep.tests.factories import ServiceProvider

NAMES = ["alice@example.org", "chat/12", "a b", "日本語/会話", "..", "%2F", "a?b#c&d=e", "/", "é" * 256, "thread_x"]


@pytest.mark.parametrize("name", NAMES)
async def test_a_user_is_found_by_the_external_id(services: ServiceProvider, name: str) -> None:
    users = services.user_service

    user = await users.create_user(external_id=name, full_name="Ada")

    assert user.external_id == name
    assert await users.get_user_by_external_id(name) == user
    assert await users.ensure_user(name, full_name="Another") == user
    assert await users.list_users(external_id=name) == [user]
    with pytest.raises(ExternalIdTaken):
        await users.create_user(external_id=name)


@pytest.mark.parametrize("name", NAMES)
async def test_a_thread_is_found_by_the_external_id(services: ServiceProvider, name: str) -> None:
    [ada] = await make_users(services, 1)
    threads = services.thread_service

    thread = await threads.ensure_thread(name, participant_ids=[ada.id], meta_data={"topic": "boats"})

    assert (thread.external_id, thread.participant_ids, thread.meta_data) == (name, [ada.id], {"topic": "boats"})
    assert await threads.get_thread_by_external_id(name) == thread
    assert await threads.ensure_thread(name, meta_data={"topic": "cars"}) == thread
    assert await threads.find_threads(external_id=name) == [thread]
    assert await threads.find_threads(external_id=name, participant=ada.id) == [thread]
    with pytest.raises(ExternalIdTaken):
        await threads.create_thread(external_id=name, messages=[{"content": "Hello", "sender_id": ada.id}])
    assert await threads.list_threads(ada.id) == [thread.id]


async def test_concurrent_first_writers_get_one_thread(services: ServiceProvider) -> None:
    [ada] = await make_users(services, 1)

    threads = await asyncio.gather(
        *(services.thread_service.ensure_thread("chat/12", participant_ids=[ada.id]) for _ in range(8))
    )

    assert len({thread.id for thread in threads}) == 1
    assert await services.thread_service.list_threads(ada.id) == [threads[0].id]


async def test_concurrent_first_writers_get_one_user(services: ServiceProvider) -> None:
    users = await asyncio.gather(
        *(services.user_service.ensure_user("alice", email="alice@example.org") for _ in range(8))
    )

    assert len({user.id for user in users}) == 1
    assert [user.id for user in await services.user_service.list_users()] == [users[0].id]


async def test_the_external_id_of_a_deleted_thread_is_free(services: ServiceProvider) -> None:
    [ada] = await make_users(services, 1)
    threads = services.thread_service
    first = await threads.create_thread(
        [ada.id], messages=[{"content": "Hello", "sender_id": ada.id}], external_id="chat/12"
    )

    await threads.delete_thread(first.id)
    with pytest.raises(ThreadNotFound):
        await threads.get_thread_by_external_id("chat/12")
    second = await threads.ensure_thread("chat/12", participant_ids=[ada.id])

    assert second.id != first.id
    assert await services.message_service.list_messages(second.id) == []
    assert await threads.get_thread_by_external_id("chat/12") == second


async def test_the_external_id_of_an_erased_user_is_free(services: ServiceProvider) -> None:
    users = services.user_service
    first = await users.ensure_user("alice", email="alice@example.org")

    await users.delete_user(first.id)
    with pytest.raises(UserNotFound):
        await users.get_user_by_external_id("alice")
    second = await users.ensure_user("alice", email="alice@example.org")

    assert second.id != first.id


async def test_an_external_id_can_be_given_to_a_user_who_exists(services: ServiceProvider) -> None:
    users = services.user_service
    ada, bob = await make_users(services, 2)

    ada = await users.update_user(ada.id, external_id="alice")
    with pytest.raises(ExternalIdTaken):
        await users.update_user(bob.id, external_id="alice")
    moved = await users.update_user(ada.id, external_id="ada")
    bob = await users.update_user(bob.id, external_id="alice")
    emptied = await users.update_user(bob.id, external_id=None)

    assert (moved.external_id, emptied.external_id) == ("ada", None)
    assert await users.get_user_by_external_id("ada") == moved
    with pytest.raises(UserNotFound):
        await users.get_user_by_external_id("alice")


async def test_an_address_that_is_taken_names_its_user(services: ServiceProvider) -> None:
    ada = await make_user(services, email="ada@example.org")

    with pytest.raises(EmailTaken) as raised:
        await services.user_service.ensure_user("ada", email="ada@example.org")

    assert raised.value.facts["user_id"] == ada.id


async def test_users_are_listed_by_their_id_at_a_provider(services: ServiceProvider) -> None:
    ada = await make_user(services, oauth_provider="example", provider_user_id="42")
    await make_user(services, oauth_provider="other", provider_user_id="42")

    assert await services.user_service.list_users(oauth_provider="example", provider_user_id="42") == [ada]
    with pytest.raises(InvalidInput):
        await services.user_service.list_users(provider_user_id="42")


async def test_a_thread_that_cannot_be_created_leaves_the_external_id_free(services: ServiceProvider) -> None:
    [ada] = await make_users(services, 1)
    with pytest.raises(InvalidParticipants):
        await services.thread_service.ensure_thread("chat/12", participant_ids=["user_unknown"])

    thread = await services.thread_service.ensure_thread("chat/12", participant_ids=[ada.id])

    assert thread.participant_ids == [ada.id]


@pytest.mark.parametrize("value", ["", "x" * 257, 7, None, "\ud800"])
async def test_an_external_id_is_a_text_of_1_to_256_characters(services: ServiceProvider, value: Any) -> None:
    with pytest.raises(InvalidInput, match="external_id"):
        await services.user_service.ensure_user(value)
    with pytest.raises(InvalidInput, match="external_id"):
        await services.thread_service.ensure_thread(value)
