from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import MessageNotFound, NotFound, PreconditionFailed, ThreadNotFound
from threadkeep.tests.factories import make_history, make_messages, make_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from threadkeep.tests.factories import ServiceProvider


async def test_delete_thread_returns_the_id_of_the_thread(services: ServiceProvider) -> None:
    thread = await make_thread(services, "one", "two")

    answer = await services.thread_service.delete_thread(thread_id=thread.id)

    assert answer == {"id": thread.id, "object": "thread.deleted", "deleted": True}


async def test_nothing_of_a_deleted_thread_is_reachable(services: ServiceProvider) -> None:
    thread_id, messages = await make_history(services, 3, without=(3,))
    [owner] = (await services.thread_service.get_thread(thread_id)).participant_ids
    await services.thread_service.update_metadata(thread_id, {"found by": "this"})

    await services.thread_service.delete_thread(thread_id)

    thread_service, message_service = services.thread_service, services.message_service
    refused: list[Awaitable[Any]] = [
        thread_service.get_thread(thread_id),
        thread_service.update_thread(thread_id, meta_data={}),
        thread_service.update_metadata(thread_id, {}),
        thread_service.delete_thread(thread_id),
        message_service.list_messages(thread_id),
        message_service.list_messages(thread_id, 5, after=messages[0].id),
        message_service.get_formatted_messages(thread_id),
        message_service.create_message(thread_id, "late"),
        message_service.create_message(thread_id, "late", "assistant"),
        message_service.create_messages(thread_id, [{"content": "late"}] * 2),
        message_service.create_message(thread_id, "late", expected_seq=3),
        message_service.submit_tool_output(thread_id, "late"),
    ]
    for outcome in await asyncio.gather(*refused, return_exceptions=True):
        assert isinstance(outcome, ThreadNotFound), outcome
        assert outcome.thread_id == thread_id
    refused = [
        message_service.get_message(messages[0].id),
        message_service.update_message(messages[0].id, content="late"),
        message_service.delete_message(messages[0].id),
    ]
    for outcome in await asyncio.gather(*refused, return_exceptions=True):
        assert isinstance(outcome, MessageNotFound), outcome
    assert await thread_service.list_threads(owner) == []
    assert await thread_service.find_threads(owner=owner) == []
    assert await thread_service.find_threads(meta_data={"found by": "this"}) == []


async def test_deletion_of_a_thread_changes_no_other_thread(services: ServiceProvider) -> None:
    kept_id, messages = await make_history(services, 3)
    kept = await services.thread_service.get_thread(kept_id)
    deleted = await make_thread(services, "x", participant_ids=kept.participant_ids)

    await services.thread_service.delete_thread(deleted.id)

    assert await services.thread_service.get_thread(kept_id) == kept
    assert await services.message_service.list_messages(kept_id) == messages


async def test_concurrent_deletions_of_one_thread_succeed_once(services: ServiceProvider) -> None:
    thread = await make_thread(services, "one")

    outcomes = await asyncio.gather(
        *[services.thread_service.delete_thread(thread.id) for _ in range(4)], return_exceptions=True
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Deleted", *["ThreadNotFound"] * 3]


async def test_appends_during_the_deletion_of_their_thread_raise_thread_not_found(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    async def write() -> int:
        for written in range(1000):
            try:
                await services.message_service.create_message(thread.id, "x", "assistant")
            except ThreadNotFound:
                return written
        raise AssertionError("no append raised ThreadNotFound")

    writers = [asyncio.create_task(write()) for _ in range(3)]
    await make_messages(services, thread.id, ["x"] * 5)
    await services.thread_service.delete_thread(thread.id)
    written = await asyncio.gather(*writers)

    assert len(written) == 3
    with pytest.raises(ThreadNotFound):
        await services.message_service.list_messages(thread.id)


async def test_iteration_raises_thread_not_found_if_the_thread_is_deleted_between_pages(
    services: ServiceProvider,
) -> None:
    thread_id, _ = await make_history(services, 4)

    reading = services.message_service.iter_messages(thread_id, limit=2)
    first, second = await anext(reading), await anext(reading)
    await services.thread_service.delete_thread(thread_id)

    assert (first.seq, second.seq) == (1, 2)
    with pytest.raises(ThreadNotFound, match=thread_id):
        await anext(reading)


@pytest.mark.large
async def test_a_thread_of_1200_messages_is_invisible_as_soon_as_it_is_deleted(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    for _ in range(2):
        await make_messages(services, thread.id, ["x"] * 600)

    await services.thread_service.delete_thread(thread.id)

    for read in (services.thread_service.get_thread(thread.id), services.message_service.list_messages(thread.id)):
        with pytest.raises(NotFound):
            await read


async def test_deletion_of_an_unknown_thread_raises_thread_not_found(services: ServiceProvider) -> None:
    with pytest.raises(ThreadNotFound, match="'thread_unknown'") as refused:
        await services.thread_service.delete_thread("thread_unknown")

    assert (refused.value.status, refused.value.thread_id) == (404, "thread_unknown")


@pytest.mark.not_through("openai", reason="the SDK has no parameter for a condition")
async def test_deletion_with_an_old_revision_or_number_is_refused(services: ServiceProvider) -> None:
    thread = await make_thread(services, "one")
    await services.thread_service.update_thread(thread.id, meta_data={"a": 1})

    for expected in ({"expected_revision": 1}, {"expected_seq": 2}, {"expected_revision": 2, "expected_seq": 0}):
        with pytest.raises(PreconditionFailed):
            await services.thread_service.delete_thread(thread.id, **expected)
    assert (await services.thread_service.get_thread(thread.id)).message_count == 1
    await services.thread_service.delete_thread(thread.id, expected_revision=2, expected_seq=1)
    with pytest.raises(ThreadNotFound):
        await services.thread_service.delete_thread(thread.id, expected_revision=2)
