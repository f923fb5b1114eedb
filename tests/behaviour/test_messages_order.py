from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from threadkeep.tests.factories import make_messages, make_thread

if TYPE_CHECKING:
    from threadkeep.tests.factories import ErrorBoundary


async def test_append_keeps_order_and_leaves_no_gaps(door: ErrorBoundary) -> None:
    thread = await make_thread(door)

    made = [await door.message_service.create_message(thread.id, str(number)) for number in range(1, 8)]
    listed = await door.message_service.list_messages(thread.id)

    assert [message.seq for message in made] == [1, 2, 3, 4, 5, 6, 7]
    assert listed == made


async def test_concurrent_writers_get_every_number_once(door: ErrorBoundary) -> None:
    thread = await make_thread(door)

    made = await asyncio.gather(*[door.message_service.create_message(thread.id, str(n)) for n in range(40)])
    listed = await door.message_service.list_messages(thread.id)

    assert sorted(message.seq for message in made) == list(range(1, 41))
    assert listed == sorted(made, key=lambda message: message.seq)


async def test_each_writer_finds_its_own_messages_in_the_order_it_wrote_them(door: ErrorBoundary) -> None:
    thread = await make_thread(door)

    async def write(name: str) -> None:
        for number in range(6):
            await door.message_service.create_message(thread.id, f"{name} {number}", sender_id=name)

    await asyncio.gather(*[write(name) for name in "abcd"])
    listed = await door.message_service.list_messages(thread.id)

    for name in "abcd":
        assert [m.content for m in listed if m.sender_id == name] == [f"{name} {number}" for number in range(6)]


async def test_reader_that_polls_misses_nothing(door: ErrorBoundary) -> None:
    thread = await make_thread(door)
    writers = [
        asyncio.create_task(self_numbered(door, thread.id, name, singles=5, batches=3)) for name in ("a", "b", "c")
    ]

    seen: list[str] = []
    cursor = None
    while not all(writer.done() for writer in writers) or (await door.thread_service.get_thread(thread.id)).last_seq > (
        len(seen)
    ):
        page = await door.message_service.list_messages(thread.id, 7, after=cursor)
        seen += [message.id for message in page]
        cursor = seen[-1] if seen else None

    everything = await door.message_service.list_messages(thread.id)
    assert len(everything) == 3 * (5 + 3 * 4)
    assert seen == [message.id for message in everything]


async def self_numbered(door: ErrorBoundary, thread_id: str, name: str, *, singles: int, batches: int) -> None:
    """Write some messages alone and some four at a time."""
    for number in range(singles):
        await door.message_service.create_message(thread_id, f"{name} {number}")
        if number < batches:
            await make_messages(door, thread_id, [f"{name} {number}.{part}" for part in range(4)])


async def test_summary_is_exact_after_concurrent_writes_and_deletions(door: ErrorBoundary) -> None:
    thread = await make_thread(door, *map(str, range(10)))
    old = await door.message_service.list_messages(thread.id)

    await asyncio.gather(
        *[door.message_service.create_message(thread.id, "new") for _ in range(10)],
        *[door.message_service.delete_message(message.id) for message in old[::2]],
    )
    after = await door.thread_service.get_thread(thread.id)
    listed = await door.message_service.list_messages(thread.id)

    assert (after.message_count, after.last_seq, len(listed)) == (15, 20, 15)


async def test_writers_to_many_threads_do_not_mix(door: ErrorBoundary) -> None:
    threads = [await make_thread(door, participant_ids=[]) for _ in range(5)]

    await asyncio.gather(
        *[door.message_service.create_message(thread.id, thread.id) for thread in threads for _ in range(4)]
    )

    for thread in threads:
        listed = await door.message_service.list_messages(thread.id)
        assert [(m.seq, m.content) for m in listed] == [(seq, thread.id) for seq in (1, 2, 3, 4)]
