"""Keyless retries of appends, as the OpenAI SDK sends them (decision 22)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from threadkeep.inputs import NewItem
from threadkeep.keep import Threadkeep
from threadkeep.services.idempotency.keyless_retries import KeylessRetry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pymongo import AsyncMongoClient

    from threadkeep.records import MessageRecord

import pytest

RECENT = ((-60.0, 10.0),)


async def append(
    keep: Threadkeep, thread_id: str, *texts: str, attempt: int = 0, **changes: Any
) -> list[MessageRecord]:
    """Append these texts as one batch. `attempt` is 0 for the first request, and the number of the retry otherwise."""
    items = [NewItem(**{"content": text, "role": "assistant", "id_prefix": "msg"} | changes) for text in texts]
    keyless_retry = KeylessRetry(attempt, RECENT) if attempt else None
    return await keep.operations.messages.append(thread_id, items, keyless_retry=keyless_retry)


async def texts(keep: Threadkeep, thread_id: str) -> list[Any]:
    return [message.content for message in await keep.message_service.list_messages(thread_id)]


@pytest.fixture
async def other(mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str) -> AsyncIterator[Threadkeep]:
    """A second Threadkeep on the same database, as another process would have it."""
    async with Threadkeep(mongo_client, database=database_name, sweep_seconds=None) as keep:
        yield keep


async def test_a_retry_at_any_process_returns_the_first_message(keep: Threadkeep, other: Threadkeep) -> None:
    thread = await keep.thread_service.create_thread()
    [first] = await append(keep, thread.id, "x")

    assert await append(other, thread.id, "x", attempt=1) == [first]
    assert await append(keep, thread.id, "x", attempt=1) == [first]
    assert await append(keep, thread.id, "x", attempt=2) == [first]
    assert await texts(keep, thread.id) == ["x"]


async def test_a_retry_waits_until_the_first_request_is_stored(keep: Threadkeep) -> None:
    thread = await keep.thread_service.create_thread()

    for _ in range(10):
        [first], [second] = await asyncio.gather(append(keep, thread.id, "x"), append(keep, thread.id, "x", attempt=1))
        assert second.id == first.id

    assert await texts(keep, thread.id) == ["x"] * 10


async def test_a_retry_is_stored_if_the_first_request_was_cancelled(keep: Threadkeep) -> None:
    thread = await keep.thread_service.create_thread()
    first = asyncio.create_task(append(keep, thread.id, "x"))
    first.cancel()
    await asyncio.wait([first])

    await append(keep, thread.id, "x", attempt=1)

    assert await texts(keep, thread.id) == ["x"]


async def test_a_batch_is_a_retry_only_if_all_its_messages_are_equal(keep: Threadkeep) -> None:
    thread = await keep.thread_service.create_thread()
    first = await append(keep, thread.id, "a", "b", "c")

    assert await append(keep, thread.id, "a", "b", "c", attempt=1) == first
    await append(keep, thread.id, "a", "b", attempt=1)
    await append(keep, thread.id, "b", "d", attempt=1)
    await append(keep, thread.id, "b", "d", "e", attempt=1)

    assert await texts(keep, thread.id) == [*"abc", *"ab", *"bd", *"bde"]


@pytest.mark.parametrize(
    "changes",
    [
        {"role": "developer"},
        {"content": "y"},
        {"content": [{"type": "text", "text": "x"}]},
        {"meta_data": {"a": "b"}},
        {"attachments": [{"file_id": "f"}]},
        {"status": "incomplete"},
        {"type": "reasoning", "item": {"summary": []}},
        {"id_prefix": "rs"},
    ],
    ids=str,
)
async def test_a_retry_with_another_field_is_another_message(keep: Threadkeep, changes: dict[str, Any]) -> None:
    thread = await keep.thread_service.create_thread()
    await append(keep, thread.id, "x")

    await append(keep, thread.id, "x", attempt=1, **changes)

    assert len(await texts(keep, thread.id)) == 2


async def test_a_retry_to_another_thread_is_another_message(keep: Threadkeep) -> None:
    first, second = [await keep.thread_service.create_thread() for _ in range(2)]
    await append(keep, first.id, "x")

    await append(keep, second.id, "x", attempt=1)

    assert await texts(keep, second.id) == ["x"]


async def test_a_retry_does_not_return_a_deleted_message(keep: Threadkeep) -> None:
    thread = await keep.thread_service.create_thread()
    [first] = await append(keep, thread.id, "x")
    await keep.message_service.delete_message(first.id)

    [second] = await append(keep, thread.id, "x", attempt=1)

    assert second.id != first.id
