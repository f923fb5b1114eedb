"""Appends that are sent again without a key: what the OpenAI door relies on (decision 0022)."""

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

LATELY = ((-60.0, 10.0),)


async def append(
    keep: Threadkeep, thread_id: str, *texts: str, attempt: int = 0, **changes: Any
) -> list[MessageRecord]:
    """Append these texts together, as the first try or a later one."""
    items = [NewItem(**{"content": text, "role": "assistant", "id_prefix": "msg"} | changes) for text in texts]
    resent = KeylessRetry(attempt, LATELY) if attempt else None
    return await keep.operations.messages.append(thread_id, items, keyless_retry=resent)


async def texts(keep: Threadkeep, thread_id: str) -> list[Any]:
    return [message.content for message in await keep.message_service.list_messages(thread_id)]


@pytest.fixture
async def other(mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str) -> AsyncIterator[Threadkeep]:
    """Another process, as far as the first one can tell."""
    async with Threadkeep(mongo_client, database=database_name, sweep_seconds=None) as keep:
        yield keep


async def test_second_try_gets_the_first_message_at_any_process(keep: Threadkeep, other: Threadkeep) -> None:
    thread = await keep.thread_service.create_thread()
    [first] = await append(keep, thread.id, "x")

    assert await append(other, thread.id, "x", attempt=1) == [first]
    assert await append(keep, thread.id, "x", attempt=1) == [first]
    assert await append(keep, thread.id, "x", attempt=2) == [first]
    assert await texts(keep, thread.id) == ["x"]


async def test_second_try_waits_for_the_first_to_be_written(keep: Threadkeep) -> None:
    thread = await keep.thread_service.create_thread()

    for _ in range(10):
        [first], [second] = await asyncio.gather(append(keep, thread.id, "x"), append(keep, thread.id, "x", attempt=1))
        assert second.id == first.id

    assert await texts(keep, thread.id) == ["x"] * 10


async def test_second_try_is_written_where_the_first_was_cancelled(keep: Threadkeep) -> None:
    thread = await keep.thread_service.create_thread()
    first = asyncio.create_task(append(keep, thread.id, "x"))
    first.cancel()
    await asyncio.wait([first])

    await append(keep, thread.id, "x", attempt=1)

    assert await texts(keep, thread.id) == ["x"]


async def test_batch_is_the_same_only_if_all_of_it_is(keep: Threadkeep) -> None:
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
async def test_anything_else_is_another_message(keep: Threadkeep, changes: dict[str, Any]) -> None:
    thread = await keep.thread_service.create_thread()
    await append(keep, thread.id, "x")

    await append(keep, thread.id, "x", attempt=1, **changes)

    assert len(await texts(keep, thread.id)) == 2


async def test_messages_of_other_threads_are_other_messages(keep: Threadkeep) -> None:
    first, second = [await keep.thread_service.create_thread() for _ in range(2)]
    await append(keep, first.id, "x")

    await append(keep, second.id, "x", attempt=1)

    assert await texts(keep, second.id) == ["x"]


async def test_deleted_message_is_not_given_again(keep: Threadkeep) -> None:
    thread = await keep.thread_service.create_thread()
    [first] = await append(keep, thread.id, "x")
    await keep.message_service.delete_message(first.id)

    [second] = await append(keep, thread.id, "x", attempt=1)

    assert second.id != first.id
