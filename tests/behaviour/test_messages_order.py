from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from threadkeep.tests.factories import make_messages, make_thread

if TYPE_CHECKING:
    from threadkeep.tests.factories import ServiceProvider


async def test_append_keeps_order_and_leaves_no_gaps(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    made = [await services.message_service.create_message(thread.id, str(number)) for number in range(1, 8)]
    listed = await services.message_service.list_messages(thread.id)

    assert [message.seq for message in made] == [1, 2, 3, 4, 5, 6, 7]
    assert listed == made


async def test_concurrent_appends_get_every_number_once(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    made = await asyncio.gather(*[services.message_service.create_message(thread.id, str(n)) for n in range(40)])
    listed = await services.message_service.list_messages(thread.id)

    assert sorted(message.seq for message in made) == list(range(1, 41))
    assert listed == sorted(made, key=lambda message: message.seq)


async def test_messages_of_each_writer_keep_the_order_of_its_calls(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    async def write(name: str) -> None:
        for number in range(6):
            await services.message_service.create_message(thread.id, f"{name} {number}", sender_id=name)

    await asyncio.gather(*[write(name) for name in "abcd"])
    listed = await services.message_service.list_messages(thread.id)

    for name in "abcd":
        assert [m.content for m in listed if m.sender_id == name] == [f"{name} {number}" for number in range(6)]


async def test_a_polling_reader_sees_every_message_once(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    writers = [
        asyncio.create_task(write_singles_and_batches(services, thread.id, name, singles=5, batches=3))
        for name in ("a", "b", "c")
    ]

    seen: list[str] = []
    cursor = None
    while not all(writer.done() for writer in writers) or (
        await services.thread_service.get_thread(thread.id)
    ).last_seq > (len(seen)):
        page = await services.message_service.list_messages(thread.id, 7, after=cursor)
        seen += [message.id for message in page]
        cursor = seen[-1] if seen else None

    everything = await services.message_service.list_messages(thread.id)
    assert len(everything) == 3 * (5 + 3 * 4)
    assert seen == [message.id for message in everything]


async def write_singles_and_batches(
    services: ServiceProvider, thread_id: str, name: str, *, singles: int, batches: int
) -> None:
    """Append `singles` messages alone, and `batches` batches of four messages between them."""
    for number in range(singles):
        await services.message_service.create_message(thread_id, f"{name} {number}")
        if number < batches:
            await make_messages(services, thread_id, [f"{name} {number}.{part}" for part in range(4)])


async def test_summary_is_exact_after_concurrent_writes_and_deletions(services: ServiceProvider) -> None:
    thread = await make_thread(services, *map(str, range(10)))
    old = await services.message_service.list_messages(thread.id)

    await asyncio.gather(
        *[services.message_service.create_message(thread.id, "new") for _ in range(10)],
        *[services.message_service.delete_message(message.id) for message in old[::2]],
    )
    after = await services.thread_service.get_thread(thread.id)
    listed = await services.message_service.list_messages(thread.id)

    assert (after.message_count, after.last_seq, len(listed)) == (15, 20, 15)


async def test_concurrent_appends_to_several_threads_stay_in_their_threads(services: ServiceProvider) -> None:
    threads = [await make_thread(services, participant_ids=[]) for _ in range(5)]

    await asyncio.gather(
        *[services.message_service.create_message(thread.id, thread.id) for thread in threads for _ in range(4)]
    )

    for thread in threads:
        listed = await services.message_service.list_messages(thread.id)
        assert [(m.seq, m.content) for m in listed] == [(seq, thread.id) for seq in (1, 2, 3, 4)]
