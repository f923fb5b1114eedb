"""Threads whose making is interrupted, done again, or done twice at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from pymongo.errors import AutoReconnect

from threadkeep.errors import IdTaken, Unavailable
from threadkeep.services import Caller, RequestIds
from threadkeep.tests.factories import make_user
from threadkeep.tests.services.interference import halfway_through_next_insert

if TYPE_CHECKING:
    from threadkeep.documents import MessageRow
    from threadkeep.keep import Threadkeep
    from threadkeep.services import Services
    from threadkeep.tests.faults.conftest import Pair

MESSAGES = [{"content": text} for text in ("a", "b", "c", "d")]


def again(keep: Threadkeep) -> Services:
    """The services of a request that was begun before, with the same idempotency key."""
    return keep.acting_as(Caller("admin", request_ids=RequestIds("seed", milliseconds=1, is_retry=True)))


async def texts(keep: Threadkeep, thread_id: str) -> list[Any]:
    return [message.content for message in await keep.message_service.list_messages(thread_id)]


async def test_creation_cut_in_two_is_whole_when_it_is_done_again(keeps: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = keeps
    user = await make_user(one)

    async def lose_connection() -> None:
        raise AutoReconnect

    halfway_through_next_insert(monkeypatch, one.runtime.documents.messages, lose_connection)
    with pytest.raises(Unavailable):
        await again(one).thread_service.create_thread([user.id], messages=MESSAGES)
    seen = await other.thread_service.list_threads(user.id)
    thread = await again(other).thread_service.create_thread([user.id], messages=MESSAGES)

    assert seen == []
    assert await other.thread_service.list_threads(user.id) == [thread.id]
    assert await texts(one, thread.id) == ["a", "b", "c", "d"]
    assert await again(one).thread_service.create_thread([user.id], messages=MESSAGES) == thread
    assert await one.runtime.documents.messages.count_documents({}) == 4


async def test_first_try_that_goes_on_after_it_was_taken_over_shows_nothing_half(
    keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = keeps
    user = await make_user(one)
    others: list[Any] = []

    async def take_over() -> None:
        others.append(await again(other).thread_service.create_thread([user.id], messages=MESSAGES))

    halfway_through_next_insert(monkeypatch, one.runtime.documents.messages, take_over)
    with pytest.raises(Unavailable):
        await again(one).thread_service.create_thread([user.id], messages=MESSAGES)

    assert await one.thread_service.list_threads(user.id) == [others[0].id]
    assert await texts(one, others[0].id) == ["a", "b", "c", "d"]


async def test_first_try_cannot_reveal_what_the_second_has_not_finished(
    keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = keeps
    user = await make_user(one)
    first, second = one.runtime.documents.messages, other.runtime.documents.messages
    insert_many = first.insert_many
    begun, half_done = asyncio.Event(), asyncio.Event()

    async def nothing_left_to_insert(rows: list[MessageRow]) -> None:
        assert rows
        begun.set()
        await half_done.wait()

    async def halting(rows: list[MessageRow]) -> None:
        await insert_many(rows[:2])
        half_done.set()
        with pytest.raises(Unavailable):
            await first_try
        assert await one.thread_service.list_threads(user.id) == []
        await insert_many(rows[2:])

    async def create(keep: Threadkeep) -> Any:
        return await again(keep).thread_service.create_thread([user.id], messages=MESSAGES)

    monkeypatch.setattr(first, "insert_many", nothing_left_to_insert)
    monkeypatch.setattr(second, "insert_many", halting)
    first_try = asyncio.create_task(create(one))
    await begun.wait()
    thread = await create(other)

    assert await texts(one, thread.id) == ["a", "b", "c", "d"]


async def test_two_tries_at_once_make_one_thread(keeps: Pair) -> None:
    user = await make_user(keeps[0])

    made = await asyncio.gather(
        *(again(keep).thread_service.create_thread([user.id]) for keep in keeps for _ in range(4)),
    )

    assert {thread.id for thread in made} == set(await keeps[0].thread_service.list_threads(user.id))
    assert len({thread.id for thread in made}) == 1


async def test_deleted_thread_does_not_come_back_when_its_request_is_sent_again(keeps: Pair) -> None:
    one, other = keeps
    thread = await again(one).thread_service.create_thread(messages=MESSAGES)
    await other.thread_service.delete_thread(thread.id)

    for keep in keeps:
        with pytest.raises(IdTaken):
            await again(keep).thread_service.create_thread(messages=MESSAGES)

    assert await one.runtime.documents.threads.count_documents({}) == 0
    assert await one.runtime.documents.messages.count_documents({}) == 0
