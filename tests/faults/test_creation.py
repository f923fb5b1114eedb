"""Creations of threads that are interrupted, retried, or sent several times at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from pymongo.errors import NetworkTimeout

from threadkeep.errors import IdTaken, Unavailable
from threadkeep.services import Caller, RequestIds
from threadkeep.tests.factories import make_user
from threadkeep.tests.services.interference import halfway_through_next_insert

if TYPE_CHECKING:
    from threadkeep.documents import MessageRow
    from threadkeep.inputs import MessageInput
    from threadkeep.keep import Threadkeep
    from threadkeep.services import Services
    from threadkeep.tests.faults.conftest import Pair

MESSAGES: list[MessageInput] = [{"content": text} for text in ("a", "b", "c", "d")]


def retry_services(keep: Threadkeep) -> Services:
    """Return the services of a retry. All calls use the same idempotency key."""
    return keep.acting_as(Caller("admin", request_ids=RequestIds("seed", milliseconds=1, is_retry=True)))


async def texts(keep: Threadkeep, thread_id: str) -> list[Any]:
    return [message.content for message in await keep.message_service.list_messages(thread_id)]


async def test_a_retry_of_an_interrupted_creation_creates_the_whole_thread(
    keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = keeps
    user = await make_user(one)

    async def lose_connection() -> None:
        raise NetworkTimeout  # which is not repeated, because a timeout leaves no time for a second try

    halfway_through_next_insert(monkeypatch, one.runtime.documents.messages, lose_connection)
    with pytest.raises(Unavailable):
        await retry_services(one).thread_service.create_thread([user.id], messages=MESSAGES)
    seen = await other.thread_service.list_threads(user.id)
    thread = await retry_services(other).thread_service.create_thread([user.id], messages=MESSAGES)

    assert seen == []
    assert await other.thread_service.list_threads(user.id) == [thread.id]
    assert await texts(one, thread.id) == ["a", "b", "c", "d"]
    assert await retry_services(one).thread_service.create_thread([user.id], messages=MESSAGES) == thread
    assert await one.runtime.documents.messages.count_documents({}) == 4


async def test_a_first_request_that_continues_after_its_retry_shows_no_partial_thread(
    keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = keeps
    user = await make_user(one)
    others: list[Any] = []

    async def take_over() -> None:
        others.append(await retry_services(other).thread_service.create_thread([user.id], messages=MESSAGES))

    halfway_through_next_insert(monkeypatch, one.runtime.documents.messages, take_over)
    with pytest.raises(Unavailable):
        await retry_services(one).thread_service.create_thread([user.id], messages=MESSAGES)

    assert await one.thread_service.list_threads(user.id) == [others[0].id]
    assert await texts(one, others[0].id) == ["a", "b", "c", "d"]


async def test_a_first_request_cannot_show_the_unfinished_thread_of_its_retry(
    keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = keeps
    user = await make_user(one)
    first, second = one.runtime.documents.messages, other.runtime.documents.messages
    insert_many = first.insert_many
    begun, half_inserted = asyncio.Event(), asyncio.Event()

    async def insert_nothing(rows: list[MessageRow]) -> None:
        assert rows
        begun.set()
        await half_inserted.wait()

    async def insert_in_two_steps(rows: list[MessageRow]) -> None:
        await insert_many(rows[:2])
        half_inserted.set()
        with pytest.raises(Unavailable):
            await first_request
        assert await one.thread_service.list_threads(user.id) == []
        await insert_many(rows[2:])

    async def create(keep: Threadkeep) -> Any:
        return await retry_services(keep).thread_service.create_thread([user.id], messages=MESSAGES)

    monkeypatch.setattr(first, "insert_many", insert_nothing)
    monkeypatch.setattr(second, "insert_many", insert_in_two_steps)
    first_request = asyncio.create_task(create(one))
    await begun.wait()
    thread = await create(other)

    assert await texts(one, thread.id) == ["a", "b", "c", "d"]


async def test_concurrent_requests_with_one_key_create_one_thread(keeps: Pair) -> None:
    user = await make_user(keeps[0])

    made = await asyncio.gather(
        *(retry_services(keep).thread_service.create_thread([user.id]) for keep in keeps for _ in range(4)),
    )

    assert {thread.id for thread in made} == set(await keeps[0].thread_service.list_threads(user.id))
    assert len({thread.id for thread in made}) == 1


async def test_a_retry_does_not_restore_a_deleted_thread(keeps: Pair) -> None:
    one, other = keeps
    thread = await retry_services(one).thread_service.create_thread(messages=MESSAGES)
    await other.thread_service.delete_thread(thread.id)

    for keep in keeps:
        with pytest.raises(IdTaken):
            await retry_services(keep).thread_service.create_thread(messages=MESSAGES)

    assert await one.runtime.documents.threads.count_documents({}) == 0
    assert await one.runtime.documents.messages.count_documents({}) == 0
