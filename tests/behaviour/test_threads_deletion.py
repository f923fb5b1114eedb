from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import MessageNotFound, NotFound, PreconditionFailed, ThreadNotFound
from threadkeep.tests.factories import make_history, make_messages, make_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from threadkeep.tests.factories import ErrorBoundary


async def test_delete_says_what_was_deleted(door: ErrorBoundary) -> None:
    thread = await make_thread(door, "one", "two")

    answer = await door.thread_service.delete_thread(thread_id=thread.id)

    assert answer == {"id": thread.id, "object": "thread.deleted", "deleted": True}


async def test_nothing_of_a_deleted_thread_is_reachable(door: ErrorBoundary) -> None:
    thread_id, messages = await make_history(door, 3, without=(3,))
    [owner] = (await door.thread_service.get_thread(thread_id)).participant_ids
    await door.thread_service.update_metadata(thread_id, {"found by": "this"})

    await door.thread_service.delete_thread(thread_id)

    threads, said = door.thread_service, door.message_service
    refused: list[Awaitable[Any]] = [
        threads.get_thread(thread_id),
        threads.update_thread(thread_id, meta_data={}),
        threads.update_metadata(thread_id, {}),
        threads.delete_thread(thread_id),
        said.list_messages(thread_id),
        said.list_messages(thread_id, 5, after=messages[0].id),
        said.get_formatted_messages(thread_id),
        said.create_message(thread_id, "late"),
        said.create_message(thread_id, "late", "assistant"),
        said.create_messages(thread_id, [{"content": "late"}] * 2),
        said.create_message(thread_id, "late", expected_seq=3),
        said.submit_tool_output(thread_id, "late"),
    ]
    for outcome in await asyncio.gather(*refused, return_exceptions=True):
        assert isinstance(outcome, ThreadNotFound), outcome
        assert outcome.thread_id == thread_id
    refused = [
        said.get_message(messages[0].id),
        said.update_message(messages[0].id, content="late"),
        said.delete_message(messages[0].id),
    ]
    for outcome in await asyncio.gather(*refused, return_exceptions=True):
        assert isinstance(outcome, MessageNotFound), outcome
    assert await threads.list_threads(owner) == []
    assert await threads.find_threads(owner=owner) == []
    assert await threads.find_threads(meta_data={"found by": "this"}) == []


async def test_other_threads_stay_as_they_were(door: ErrorBoundary) -> None:
    kept_id, messages = await make_history(door, 3)
    kept = await door.thread_service.get_thread(kept_id)
    doomed = await make_thread(door, "x", participant_ids=kept.participant_ids)

    await door.thread_service.delete_thread(doomed.id)

    assert await door.thread_service.get_thread(kept_id) == kept
    assert await door.message_service.list_messages(kept_id) == messages


async def test_thread_deleted_at_once_is_deleted_once(door: ErrorBoundary) -> None:
    thread = await make_thread(door, "one")

    outcomes = await asyncio.gather(
        *[door.thread_service.delete_thread(thread.id) for _ in range(4)], return_exceptions=True
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Deleted", *["ThreadNotFound"] * 3]


async def test_writers_hear_of_a_deletion_under_their_hands(door: ErrorBoundary) -> None:
    thread = await make_thread(door)

    async def write() -> int:
        for written in range(1000):
            try:
                await door.message_service.create_message(thread.id, "x", "assistant")
            except ThreadNotFound:
                return written
        raise AssertionError("the deletion was never heard of")

    writers = [asyncio.create_task(write()) for _ in range(3)]
    await make_messages(door, thread.id, ["x"] * 5)
    await door.thread_service.delete_thread(thread.id)
    written = await asyncio.gather(*writers)

    assert len(written) == 3
    with pytest.raises(ThreadNotFound):
        await door.message_service.list_messages(thread.id)


async def test_reader_between_pages_hears_of_the_deletion(door: ErrorBoundary) -> None:
    thread_id, _ = await make_history(door, 4)

    reading = door.message_service.iter_messages(thread_id, limit=2)
    first, second = await anext(reading), await anext(reading)
    await door.thread_service.delete_thread(thread_id)

    assert (first.seq, second.seq) == (1, 2)
    with pytest.raises(ThreadNotFound, match=thread_id):
        await anext(reading)


@pytest.mark.large
async def test_long_thread_is_gone_as_fast_as_a_short_one(door: ErrorBoundary) -> None:
    thread = await make_thread(door)
    for _ in range(2):
        await make_messages(door, thread.id, ["x"] * 600)

    await door.thread_service.delete_thread(thread.id)

    for gone in (door.thread_service.get_thread(thread.id), door.message_service.list_messages(thread.id)):
        with pytest.raises(NotFound):
            await gone


async def test_delete_of_an_unknown_thread(door: ErrorBoundary) -> None:
    with pytest.raises(ThreadNotFound, match="'thread_unknown'") as refused:
        await door.thread_service.delete_thread("thread_unknown")

    assert (refused.value.status, refused.value.thread_id) == (404, "thread_unknown")


@pytest.mark.not_through("openai", reason="the SDK has no words for a condition")
async def test_delete_only_what_nobody_changed(door: ErrorBoundary) -> None:
    thread = await make_thread(door, "one")
    await door.thread_service.update_thread(thread.id, meta_data={"a": 1})

    for expected in ({"expected_revision": 1}, {"expected_seq": 2}, {"expected_revision": 2, "expected_seq": 0}):
        with pytest.raises(PreconditionFailed):
            await door.thread_service.delete_thread(thread.id, **expected)
    assert (await door.thread_service.get_thread(thread.id)).message_count == 1
    await door.thread_service.delete_thread(thread.id, expected_revision=2, expected_seq=1)
    with pytest.raises(ThreadNotFound):
        await door.thread_service.delete_thread(thread.id, expected_revision=2)
