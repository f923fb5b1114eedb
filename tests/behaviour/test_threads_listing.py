from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from threadkeep.errors import InvalidInput
from threadkeep.tests.factories import make_thread, make_user, make_users

if TYPE_CHECKING:
    from threadkeep.tests.factories import ErrorBoundary

TICK = 0.002
"""Longer than the millisecond to which times are kept."""


async def make_threads(door: ErrorBoundary, user_id: str, count: int) -> list[str]:
    """The ids of threads made one after the other."""
    made = []
    for _ in range(count):
        made.append((await make_thread(door, participant_ids=[user_id])).id)
        await asyncio.sleep(TICK)
    return made


async def test_list_threads_gives_ids_most_recently_active_first(door: ErrorBoundary) -> None:
    user = await make_user(door)
    first, second, third = await make_threads(door, user.id, 3)

    quiet = await door.thread_service.list_threads(user_id=user.id)
    await door.message_service.create_message(second, "Hello")
    await asyncio.sleep(TICK)
    await door.message_service.create_message(first, "Hello")
    lively = await door.thread_service.list_threads(user_id=user.id)

    assert quiet == [third, second, first]
    assert lively == [first, second, third]


async def test_list_threads_ignores_changes_that_are_no_messages(door: ErrorBoundary) -> None:
    user = await make_user(door)
    first, second = await make_threads(door, user.id, 2)

    await door.thread_service.update_thread(first, meta_data={"a": 1})

    assert await door.thread_service.list_threads(user.id) == [second, first]


async def test_list_threads_is_everything_a_user_takes_part_in(door: ErrorBoundary) -> None:
    ada, bob = await make_users(door, 2)
    own = await make_thread(door, participant_ids=[ada.id])
    shared = await make_thread(door, participant_ids=[bob.id, ada.id])
    await make_thread(door, participant_ids=[bob.id])

    assert set(await door.thread_service.list_threads(ada.id)) == {own.id, shared.id}


async def test_list_threads_of_nobody(door: ErrorBoundary) -> None:
    assert await door.thread_service.list_threads("user_unknown") == []


@pytest.mark.large
async def test_list_threads_has_no_hidden_limit(door: ErrorBoundary) -> None:
    user = await make_user(door)
    made = await asyncio.gather(*[make_thread(door, participant_ids=[user.id]) for _ in range(150)])

    assert sorted(await door.thread_service.list_threads(user.id)) == sorted(thread.id for thread in made)


async def test_list_threads_takes_a_limit(door: ErrorBoundary) -> None:
    user = await make_user(door)
    made = await make_threads(door, user.id, 3)

    assert await door.thread_service.list_threads(user.id, limit=2) == [made[2], made[1]]


@pytest.mark.parametrize("limit", [0, -1])
async def test_list_threads_takes_no_senseless_limit(door: ErrorBoundary, limit: int) -> None:
    user = await make_user(door)

    with pytest.raises(InvalidInput, match="limit"):
        await door.thread_service.list_threads(user.id, limit=limit)


async def test_list_threads_leaves_out_what_was_deleted(door: ErrorBoundary) -> None:
    user = await make_user(door)
    first, second = await make_threads(door, user.id, 2)

    await door.thread_service.delete_thread(second)

    assert await door.thread_service.list_threads(user.id) == [first]
