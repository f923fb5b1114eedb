from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from threadkeep.errors import InvalidInput
from threadkeep.tests.factories import make_thread, make_user, make_users

if TYPE_CHECKING:
    from threadkeep.tests.factories import ServiceProvider

TICK = 0.002
"""Seconds. Times are stored with a resolution of one millisecond."""


async def make_threads(services: ServiceProvider, user_id: str, count: int) -> list[str]:
    """Create threads one after the other, and return their ids."""
    made = []
    for _ in range(count):
        made.append((await make_thread(services, participant_ids=[user_id])).id)
        await asyncio.sleep(TICK)
    return made


async def test_list_threads_returns_ids_most_recently_active_first(services: ServiceProvider) -> None:
    user = await make_user(services)
    first, second, third = await make_threads(services, user.id, 3)

    before = await services.thread_service.list_threads(user_id=user.id)
    await services.message_service.create_message(second, "Hello")
    await asyncio.sleep(TICK)
    await services.message_service.create_message(first, "Hello")
    after = await services.thread_service.list_threads(user_id=user.id)

    assert before == [third, second, first]
    assert after == [first, second, third]


async def test_list_threads_keeps_its_order_after_an_update(services: ServiceProvider) -> None:
    user = await make_user(services)
    first, second = await make_threads(services, user.id, 2)

    await services.thread_service.update_thread(first, meta_data={"a": 1})

    assert await services.thread_service.list_threads(user.id) == [second, first]


async def test_list_threads_returns_every_thread_of_a_participant(services: ServiceProvider) -> None:
    ada, bob = await make_users(services, 2)
    own = await make_thread(services, participant_ids=[ada.id])
    shared = await make_thread(services, participant_ids=[bob.id, ada.id])
    await make_thread(services, participant_ids=[bob.id])

    assert set(await services.thread_service.list_threads(ada.id)) == {own.id, shared.id}


async def test_list_threads_of_an_unknown_user_is_empty(services: ServiceProvider) -> None:
    assert await services.thread_service.list_threads("user_unknown") == []


@pytest.mark.large
async def test_list_threads_without_a_limit_returns_all_150_threads(services: ServiceProvider) -> None:
    user = await make_user(services)
    made = await asyncio.gather(*[make_thread(services, participant_ids=[user.id]) for _ in range(150)])

    assert sorted(await services.thread_service.list_threads(user.id)) == sorted(thread.id for thread in made)


async def test_list_threads_returns_at_most_limit_ids(services: ServiceProvider) -> None:
    user = await make_user(services)
    made = await make_threads(services, user.id, 3)

    assert await services.thread_service.list_threads(user.id, limit=2) == [made[2], made[1]]


@pytest.mark.parametrize("limit", [0, -1])
async def test_list_threads_refuses_a_limit_below_1(services: ServiceProvider, limit: int) -> None:
    user = await make_user(services)

    with pytest.raises(InvalidInput, match="limit"):
        await services.thread_service.list_threads(user.id, limit=limit)


async def test_list_threads_leaves_out_deleted_threads(services: ServiceProvider) -> None:
    user = await make_user(services)
    first, second = await make_threads(services, user.id, 2)

    await services.thread_service.delete_thread(second)

    assert await services.thread_service.list_threads(user.id) == [first]
