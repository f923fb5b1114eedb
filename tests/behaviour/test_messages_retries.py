from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from threadkeep.errors import PreconditionFailed, ThreadkeepError
from threadkeep.tests.factories import make_history, make_messages, make_thread

if TYPE_CHECKING:
    from threadkeep.tests.factories import ErrorBoundary


async def test_same_client_id_gives_the_first_message_and_writes_nothing(door: ErrorBoundary) -> None:
    thread = await make_thread(door)

    first = await door.message_service.create_message(thread.id, "first", client_id="k")
    again = await door.message_service.create_message(thread.id, "other words", client_id="k")

    assert again == first
    assert await door.message_service.list_messages(thread.id) == [first]
    assert (await door.thread_service.get_thread(thread.id)).message_count == 1


async def test_same_client_id_at_once_is_written_once(door: ErrorBoundary) -> None:
    thread = await make_thread(door)

    answers = await asyncio.gather(
        *[door.message_service.create_message(thread.id, "x", client_id=f"k{number % 3}") for number in range(15)],
        *[door.message_service.create_message(thread.id, "without") for _ in range(3)],
    )
    listed = await door.message_service.list_messages(thread.id)

    assert len({message.id for message in answers[:15]}) == 3
    assert [message.seq for message in listed] == [1, 2, 3, 4, 5, 6]
    assert {message.id for message in answers} == {message.id for message in listed}


async def test_client_id_is_unique_in_its_thread_only(door: ErrorBoundary) -> None:
    threads = [await make_thread(door) for _ in range(2)]

    made = [await door.message_service.create_message(thread.id, "x", client_id="k") for thread in threads]

    assert [message.thread_id for message in made] == [thread.id for thread in threads]


async def test_client_id_is_free_again_after_its_message_was_deleted(door: ErrorBoundary) -> None:
    thread = await make_thread(door)
    first = await door.message_service.create_message(thread.id, "first", client_id="k")
    await door.message_service.delete_message(first.id)

    second = await door.message_service.create_message(thread.id, "second", client_id="k")

    assert (second.seq, second.content) == (2, "second")


async def test_expected_seq_writes_where_nobody_wrote_in_between(door: ErrorBoundary) -> None:
    thread = await make_thread(door)

    first = await door.message_service.create_message(thread.id, "one", expected_seq=0)
    batch = await door.message_service.create_messages(thread.id, [{"content": "two"}] * 2, expected_seq=1)

    assert (first.seq, [message.seq for message in batch]) == (1, [2, 3])


@pytest.mark.parametrize("expected", [0, 2, 4, 2**40])
async def test_expected_seq_that_is_not_the_newest_is_refused(door: ErrorBoundary, expected: int) -> None:
    thread_id, _ = await make_history(door, 3)

    with pytest.raises(PreconditionFailed, match=thread_id) as refused:
        await door.message_service.create_message(thread_id, "late", expected_seq=expected)

    assert refused.value.status == 412
    assert (await door.thread_service.get_thread(thread_id)).message_count == 3


async def test_expected_seq_counts_deleted_messages(door: ErrorBoundary) -> None:
    thread_id, _ = await make_history(door, 3, without=(3,))

    message = await door.message_service.create_message(thread_id, "next", expected_seq=3)

    assert message.seq == 4


async def test_only_one_of_several_writers_with_one_expectation_writes(door: ErrorBoundary) -> None:
    thread_id, _ = await make_history(door, 2)

    outcomes = await asyncio.gather(
        *[door.message_service.create_message(thread_id, str(n), expected_seq=2) for n in range(6)],
        return_exceptions=True,
    )
    listed = await door.message_service.list_messages(thread_id)

    assert [type(outcome) for outcome in outcomes].count(PreconditionFailed) == 5
    assert [message.seq for message in listed] == [1, 2, 3]


async def test_expected_write_repeated_with_its_client_id_gives_the_first_message(door: ErrorBoundary) -> None:
    thread_id, _ = await make_history(door, 2)
    first = await door.message_service.create_message(thread_id, "x", client_id="k", expected_seq=2)
    await make_messages(door, thread_id, ["somebody else"])

    again = await door.message_service.create_message(thread_id, "x", client_id="k", expected_seq=2)

    assert again == first


async def test_expected_batch_repeated_with_its_client_ids_is_given_back(door: ErrorBoundary) -> None:
    thread_id, _ = await make_history(door, 2)
    batch = [{"content": "x", "client_id": key} for key in ("k1", "k2")]
    first = await door.message_service.create_messages(thread_id, batch, expected_seq=2)

    again = await door.message_service.create_messages(thread_id, batch, expected_seq=2)

    assert again == first


async def test_writer_with_an_expectation_retries_until_it_gets_its_turn(door: ErrorBoundary) -> None:
    """The loop that `expected_seq` is for: read, decide, write; nobody's word is lost."""
    thread = await make_thread(door)

    async def write(name: str) -> None:
        while True:
            newest = (await door.thread_service.get_thread(thread.id)).last_seq
            try:
                await door.message_service.create_message(thread.id, name, expected_seq=newest)
            except PreconditionFailed:
                continue
            return

    await asyncio.gather(*map(write, "abcde"))
    listed = await door.message_service.list_messages(thread.id)

    assert sorted(message.content for message in listed) == list("abcde")


async def test_caller_that_gives_up_does_not_disturb_the_others(door: ErrorBoundary) -> None:
    thread = await make_thread(door)
    tasks = [asyncio.create_task(door.message_service.create_message(thread.id, str(n))) for n in range(12)]
    await asyncio.sleep(0)

    for task in tasks[::3]:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    listed = await door.message_service.list_messages(thread.id)

    assert not [outcome for outcome in outcomes if isinstance(outcome, ThreadkeepError)]
    assert [message.seq for message in listed] == list(range(1, len(listed) + 1))
    kept = {task.result().content for task in tasks if not task.cancelled()}
    assert kept <= {message.content for message in listed}
