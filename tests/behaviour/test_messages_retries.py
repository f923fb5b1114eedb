from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from threadkeep.errors import PreconditionFailed, ThreadkeepError
from threadkeep.tests.factories import make_history, make_messages, make_thread

if TYPE_CHECKING:
    from threadkeep.inputs import MessageInput
    from threadkeep.tests.factories import ServiceProvider


async def test_a_client_id_sent_again_returns_the_first_message_and_stores_nothing(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    first = await services.message_service.create_message(thread.id, "first", client_id="k")
    again = await services.message_service.create_message(thread.id, "other text", client_id="k")

    assert again == first
    assert await services.message_service.list_messages(thread.id) == [first]
    assert (await services.thread_service.get_thread(thread.id)).message_count == 1


async def test_concurrent_appends_with_one_client_id_store_one_message(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    answers = await asyncio.gather(
        *[services.message_service.create_message(thread.id, "x", client_id=f"k{number % 3}") for number in range(15)],
        *[services.message_service.create_message(thread.id, "without") for _ in range(3)],
    )
    listed = await services.message_service.list_messages(thread.id)

    assert len({message.id for message in answers[:15]}) == 3
    assert [message.seq for message in listed] == [1, 2, 3, 4, 5, 6]
    assert {message.id for message in answers} == {message.id for message in listed}


async def test_a_client_id_is_unique_within_one_thread_only(services: ServiceProvider) -> None:
    threads = [await make_thread(services) for _ in range(2)]

    made = [await services.message_service.create_message(thread.id, "x", client_id="k") for thread in threads]

    assert [message.thread_id for message in made] == [thread.id for thread in threads]


async def test_a_client_id_is_free_again_after_its_message_was_deleted(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    first = await services.message_service.create_message(thread.id, "first", client_id="k")
    await services.message_service.delete_message(first.id)

    second = await services.message_service.create_message(thread.id, "second", client_id="k")

    assert (second.seq, second.content) == (2, "second")


async def test_an_append_with_the_newest_number_as_expected_seq_succeeds(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    first = await services.message_service.create_message(thread.id, "one", expected_seq=0)
    batch = await services.message_service.create_messages(thread.id, [{"content": "two"}] * 2, expected_seq=1)

    assert (first.seq, [message.seq for message in batch]) == (1, [2, 3])


@pytest.mark.parametrize("expected", [0, 2, 4, 2**40])
async def test_an_append_with_another_number_as_expected_seq_is_refused(
    services: ServiceProvider, expected: int
) -> None:
    thread_id, _ = await make_history(services, 3)

    with pytest.raises(PreconditionFailed, match=thread_id) as refused:
        await services.message_service.create_message(thread_id, "late", expected_seq=expected)

    assert refused.value.status == 412
    assert (await services.thread_service.get_thread(thread_id)).message_count == 3


async def test_expected_seq_counts_deleted_messages(services: ServiceProvider) -> None:
    thread_id, _ = await make_history(services, 3, without=(3,))

    message = await services.message_service.create_message(thread_id, "next", expected_seq=3)

    assert message.seq == 4


async def test_one_of_several_concurrent_appends_with_one_expected_seq_succeeds(services: ServiceProvider) -> None:
    thread_id, _ = await make_history(services, 2)

    outcomes = await asyncio.gather(
        *[services.message_service.create_message(thread_id, str(n), expected_seq=2) for n in range(6)],
        return_exceptions=True,
    )
    listed = await services.message_service.list_messages(thread_id)

    assert [type(outcome) for outcome in outcomes].count(PreconditionFailed) == 5
    assert [message.seq for message in listed] == [1, 2, 3]


async def test_a_retry_with_client_id_and_expected_seq_returns_the_first_message(services: ServiceProvider) -> None:
    thread_id, _ = await make_history(services, 2)
    first = await services.message_service.create_message(thread_id, "x", client_id="k", expected_seq=2)
    await make_messages(services, thread_id, ["somebody else"])

    again = await services.message_service.create_message(thread_id, "x", client_id="k", expected_seq=2)

    assert again == first


async def test_a_retry_of_a_batch_with_client_ids_and_expected_seq_returns_the_first_messages(
    services: ServiceProvider,
) -> None:
    thread_id, _ = await make_history(services, 2)
    batch: list[MessageInput] = [{"content": "x", "client_id": key} for key in ("k1", "k2")]
    first = await services.message_service.create_messages(thread_id, batch, expected_seq=2)

    again = await services.message_service.create_messages(thread_id, batch, expected_seq=2)

    assert again == first


async def test_writers_that_try_again_with_a_new_expected_seq_all_succeed(services: ServiceProvider) -> None:
    """The loop that `expected_seq` exists for: read, decide, append. No message is lost."""
    thread = await make_thread(services)

    async def write(name: str) -> None:
        while True:
            newest = (await services.thread_service.get_thread(thread.id)).last_seq
            try:
                await services.message_service.create_message(thread.id, name, expected_seq=newest)
            except PreconditionFailed:
                continue
            return

    await asyncio.gather(*map(write, "abcde"))
    listed = await services.message_service.list_messages(thread.id)

    assert sorted(message.content for message in listed) == list("abcde")


async def test_a_cancelled_append_does_not_disturb_other_appends(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    tasks = [asyncio.create_task(services.message_service.create_message(thread.id, str(n))) for n in range(12)]
    await asyncio.sleep(0)

    for task in tasks[::3]:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    listed = await services.message_service.list_messages(thread.id)

    assert not [outcome for outcome in outcomes if isinstance(outcome, ThreadkeepError)]
    assert [message.seq for message in listed] == list(range(1, len(listed) + 1))
    kept = {task.result().content for task in tasks if not task.cancelled()}
    assert kept <= {message.content for message in listed}
