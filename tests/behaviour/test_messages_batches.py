from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import IdTaken, InvalidInput, ThreadNotFound
from threadkeep.tests.factories import make_messages, make_thread

if TYPE_CHECKING:
    from threadkeep.tests.factories import ErrorBoundary


async def test_batch_gets_consecutive_numbers_in_its_order(door: ErrorBoundary) -> None:
    thread = await make_thread(door, "before")

    batch = await make_messages(door, thread.id, ["one", "two", "three"])
    after = await door.thread_service.get_thread(thread.id)

    assert [(message.seq, message.content) for message in batch] == [(2, "one"), (3, "two"), (4, "three")]
    assert (await door.message_service.list_messages(thread.id))[1:] == batch
    assert (after.message_count, after.last_seq) == (4, 4)


@pytest.mark.large
async def test_batch_of_a_thousand(door: ErrorBoundary) -> None:
    thread = await make_thread(door)

    batch = await make_messages(door, thread.id, [str(number) for number in range(1000)])

    assert [message.seq for message in batch] == list(range(1, 1001))
    assert (await door.thread_service.get_thread(thread.id)).message_count == 1000


@pytest.mark.parametrize("size", [0, 1001])
async def test_batch_has_1_to_1000_messages(door: ErrorBoundary, size: int) -> None:
    thread = await make_thread(door)

    with pytest.raises(InvalidInput, match="messages"):
        await door.message_service.create_messages(thread.id, [{"content": "x"}] * size)


async def test_batch_with_one_bad_message_writes_nothing_and_names_it(door: ErrorBoundary) -> None:
    thread = await make_thread(door)
    batch: list[dict[str, Any]] = [{"content": "good"}, {"content": "bad", "role": "wizard"}, {"content": "good"}]

    with pytest.raises(InvalidInput, match=r"messages\.1\.role"):
        await door.message_service.create_messages(thread.id, batch)

    assert await door.message_service.list_messages(thread.id) == []


async def test_batch_with_an_unknown_field_writes_nothing(door: ErrorBoundary) -> None:
    thread = await make_thread(door)

    with pytest.raises(InvalidInput, match="contents"):
        await door.message_service.create_messages(thread.id, [{"contents": "typo"}])

    assert await door.message_service.list_messages(thread.id) == []


async def test_batch_to_an_unknown_thread(door: ErrorBoundary) -> None:
    with pytest.raises(ThreadNotFound, match="'thread_unknown'"):
        await make_messages(door, "thread_unknown", ["one", "two"])


async def test_concurrent_batches_do_not_interleave(door: ErrorBoundary) -> None:
    thread = await make_thread(door)

    await asyncio.gather(
        *[make_messages(door, thread.id, [f"{name}{part}" for part in range(5)]) for name in "abcd"],
        *[door.message_service.create_message(thread.id, "single") for _ in range(5)],
    )
    contents = [message.content for message in await door.message_service.list_messages(thread.id)]

    assert len(contents) == 25
    for name in "abcd":
        start = contents.index(f"{name}0")
        assert contents[start : start + 5] == [f"{name}{part}" for part in range(5)]


async def test_reader_sees_all_of_a_batch_or_nothing(door: ErrorBoundary) -> None:
    thread = await make_thread(door)
    writing = asyncio.create_task(write_batches(door, thread.id, count=6, size=30))

    lengths = []
    while not writing.done():
        lengths.append(len(await door.message_service.list_messages(thread.id, 1000)))
    await writing

    assert lengths == sorted(lengths)
    assert {length % 30 for length in lengths} <= {0}


async def write_batches(door: ErrorBoundary, thread_id: str, *, count: int, size: int) -> None:
    for _ in range(count):
        await make_messages(door, thread_id, ["x"] * size)


async def test_batch_repeated_with_its_keys_is_given_back(door: ErrorBoundary) -> None:
    thread = await make_thread(door)
    batch = [{"content": text, "client_id": f"key {text}"} for text in ("one", "two", "three")]

    first = await door.message_service.create_messages(thread.id, batch)
    again = await door.message_service.create_messages(thread.id, batch)

    assert again == first
    assert (await door.thread_service.get_thread(thread.id)).message_count == 3


async def test_batch_that_overlaps_with_known_keys_is_refused_whole(door: ErrorBoundary) -> None:
    thread = await make_thread(door)
    await door.message_service.create_message(thread.id, "known", client_id="k1")

    with pytest.raises(IdTaken, match="'k1'"):
        await door.message_service.create_messages(
            thread.id, [{"content": "new", "client_id": "k0"}, {"content": "known", "client_id": "k1"}]
        )

    assert [message.content for message in await door.message_service.list_messages(thread.id)] == ["known"]
    assert (await door.thread_service.get_thread(thread.id)).message_count == 1


async def test_batch_with_one_key_twice_is_refused_whole(door: ErrorBoundary) -> None:
    thread = await make_thread(door)

    with pytest.raises(InvalidInput, match="'k'"):
        await door.message_service.create_messages(
            thread.id, [{"content": "one", "client_id": "k"}, {"content": "two", "client_id": "k"}]
        )

    assert await door.message_service.list_messages(thread.id) == []
