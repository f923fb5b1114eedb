from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import IdTaken, InvalidInput, PartlyStored, PreconditionFailed, ThreadNotFound
from threadkeep.tests.factories import make_messages, make_thread

if TYPE_CHECKING:
    from threadkeep.inputs import MessageInput
    from threadkeep.tests.factories import ServiceProvider


async def test_batch_gets_consecutive_numbers_in_its_order(services: ServiceProvider) -> None:
    thread = await make_thread(services, "before")

    batch = await make_messages(services, thread.id, ["one", "two", "three"])
    after = await services.thread_service.get_thread(thread.id)

    assert [(message.seq, message.content) for message in batch] == [(2, "one"), (3, "two"), (4, "three")]
    assert (await services.message_service.list_messages(thread.id))[1:] == batch
    assert (after.message_count, after.last_seq) == (4, 4)


@pytest.mark.large
async def test_a_batch_of_1000_messages_is_stored(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    batch = await make_messages(services, thread.id, [str(number) for number in range(1000)])

    assert [message.seq for message in batch] == list(range(1, 1001))
    assert (await services.thread_service.get_thread(thread.id)).message_count == 1000


@pytest.mark.parametrize("size", [0, 1001])
async def test_a_batch_of_0_or_1001_messages_is_refused(services: ServiceProvider, size: int) -> None:
    thread = await make_thread(services)

    with pytest.raises(InvalidInput, match="messages"):
        await services.message_service.create_messages(thread.id, [{"content": "x"}] * size)


async def test_a_batch_with_an_invalid_message_stores_nothing_and_names_the_message(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    batch: list[Any] = [{"content": "good"}, {"content": "bad", "role": "wizard"}, {"content": "good"}]

    with pytest.raises(InvalidInput, match=r"messages\.1\.role"):
        await services.message_service.create_messages(thread.id, batch)

    assert await services.message_service.list_messages(thread.id) == []


async def test_a_batch_with_an_unknown_field_stores_nothing(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    with pytest.raises(InvalidInput, match="contents"):
        await services.message_service.create_messages(thread.id, [{"contents": "typo"}])  # type: ignore[typeddict-unknown-key]

    assert await services.message_service.list_messages(thread.id) == []


async def test_a_batch_to_an_unknown_thread_raises_thread_not_found(services: ServiceProvider) -> None:
    with pytest.raises(ThreadNotFound, match="'thread_unknown'"):
        await make_messages(services, "thread_unknown", ["one", "two"])


async def test_concurrent_batches_do_not_interleave(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    await asyncio.gather(
        *[make_messages(services, thread.id, [f"{name}{part}" for part in range(5)]) for name in "abcd"],
        *[services.message_service.create_message(thread.id, "single") for _ in range(5)],
    )
    contents = [message.content for message in await services.message_service.list_messages(thread.id)]

    assert len(contents) == 25
    for name in "abcd":
        start = contents.index(f"{name}0")
        assert contents[start : start + 5] == [f"{name}{part}" for part in range(5)]


async def test_a_reader_sees_all_messages_of_a_batch_or_none(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    writing = asyncio.create_task(write_batches(services, thread.id, count=6, size=30))

    lengths = []
    while not writing.done():
        lengths.append(len(await services.message_service.list_messages(thread.id, 1000)))
    await writing

    assert lengths == sorted(lengths)
    assert {length % 30 for length in lengths} <= {0}


async def write_batches(services: ServiceProvider, thread_id: str, *, count: int, size: int) -> None:
    for _ in range(count):
        await make_messages(services, thread_id, ["x"] * size)


async def test_a_batch_sent_again_with_its_client_ids_returns_the_first_messages(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    batch: list[MessageInput] = [{"content": text, "client_id": f"key {text}"} for text in ("one", "two", "three")]

    first = await services.message_service.create_messages(thread.id, batch)
    again = await services.message_service.create_messages(thread.id, batch)

    assert again == first
    assert (await services.thread_service.get_thread(thread.id)).message_count == 3


def batch_of(*keys: str | None) -> list[MessageInput]:
    """Return messages with these client ids, or without one for None."""
    return [{"content": f"new {key}", "client_id": key} for key in keys]


@pytest.mark.parametrize("known", [1, 2, 3])
async def test_a_batch_whose_first_messages_are_stored_gives_them_back_and_stores_the_rest_behind_them(
    services: ServiceProvider, known: int
) -> None:
    thread = await make_thread(services, "before")
    keys = ["k0", "k1", "k2", "k3"]
    first = [
        await services.message_service.create_message(thread.id, f"old {key}", client_id=key) for key in keys[:known]
    ]

    for _ in range(2):  # a retry of the whole is safe
        batch = await services.message_service.create_messages(thread.id, batch_of(*keys))
        assert batch[:known] == first
        assert [message.content for message in batch[known:]] == [f"new {key}" for key in keys[known:]]
        assert [message.seq for message in batch] == [2, 3, 4, 5]
    assert (await services.message_service.list_messages(thread.id))[1:] == batch
    after = await services.thread_service.get_thread(thread.id)
    assert (after.message_count, after.last_seq) == (5, 5)
    assert (await services.message_service.create_message(thread.id, "next")).seq == 6


async def test_the_rest_of_a_batch_needs_no_client_ids(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    await services.message_service.create_message(thread.id, "old", client_id="k0")

    batch = await services.message_service.create_messages(thread.id, batch_of("k0", None, None))

    assert [(message.seq, message.content) for message in batch] == [(1, "old"), (2, "new None"), (3, "new None")]
    with pytest.raises(PartlyStored):
        await services.message_service.create_messages(thread.id, batch_of("k0", None, None))
    assert (await services.thread_service.get_thread(thread.id)).message_count == 3


@pytest.mark.parametrize("between", [False, True])
async def test_the_rest_of_a_batch_is_refused_if_another_message_came_between(
    services: ServiceProvider, *, between: bool
) -> None:
    thread = await make_thread(services)
    await services.message_service.create_message(thread.id, "old", client_id="k0")
    if between:
        await services.message_service.create_message(thread.id, "somebody else")
    await services.message_service.create_message(thread.id, "old", client_id="k1")
    if not between:
        await services.message_service.create_message(thread.id, "somebody else")
    before = await services.message_service.list_messages(thread.id)

    with pytest.raises(PartlyStored, match="'k1'") as refused:
        await services.message_service.create_messages(thread.id, batch_of("k0", "k1", "k2"))

    assert (refused.value.status, refused.value.facts) == (409, {"taken": "k1", "stored": 2})
    assert await services.message_service.list_messages(thread.id) == before


async def test_a_deleted_message_that_came_between_counts(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    await services.message_service.create_message(thread.id, "old", client_id="k0")
    deleted = await services.message_service.create_message(thread.id, "somebody else")
    await services.message_service.delete_message(deleted.id)

    with pytest.raises(PartlyStored, match="'k0'"):
        await services.message_service.create_messages(thread.id, batch_of("k0", "k1"))


@pytest.mark.parametrize("keys", [("k1", "k0", "k2"), ("k0", "k2", "k1")], ids=["order", "gap"])
async def test_a_batch_whose_known_messages_are_not_the_first_in_their_order_is_refused(
    services: ServiceProvider, keys: tuple[str, ...]
) -> None:
    thread = await make_thread(services)
    for key in ("k0", "k1"):
        await services.message_service.create_message(thread.id, "old", client_id=key)

    with pytest.raises(IdTaken, match="'k") as refused:
        await services.message_service.create_messages(thread.id, batch_of(*keys))

    why = {
        "k1": "they do not follow one another in this order",
        "k0": "messages.2: 'k1' is stored already, as message 2",
    }
    assert why[keys[0]] in str(refused.value)
    assert (await services.thread_service.get_thread(thread.id)).message_count == 2


@pytest.mark.parametrize("expected", [0, 1])
async def test_the_expected_number_is_the_one_before_the_batch_or_the_newest(
    services: ServiceProvider, expected: int
) -> None:
    thread = await make_thread(services)
    await services.message_service.create_message(thread.id, "old", client_id="k0")
    whole = batch_of("k0", "k1")

    batch = await services.message_service.create_messages(thread.id, whole, expected_seq=expected)

    assert [message.content for message in batch] == ["old", "new k1"]
    assert await services.message_service.create_messages(thread.id, whole, expected_seq=expected) == batch


async def test_another_expected_number_refuses_the_rest_of_a_batch(services: ServiceProvider) -> None:
    thread = await make_thread(services, "before")
    await services.message_service.create_message(thread.id, "old", client_id="k0")

    for expected in (0, 3):
        with pytest.raises(PreconditionFailed):
            await services.message_service.create_messages(thread.id, batch_of("k0", "k1"), expected_seq=expected)
    await services.message_service.create_message(thread.id, "somebody else")
    for expected in (1, 2):
        with pytest.raises(PreconditionFailed):
            await services.message_service.create_messages(thread.id, batch_of("k0", "k1"), expected_seq=expected)

    assert (await services.thread_service.get_thread(thread.id)).message_count == 3


async def test_concurrent_tries_of_a_batch_whose_beginning_is_stored_store_the_rest_once(
    services: ServiceProvider,
) -> None:
    thread = await make_thread(services)
    await services.message_service.create_message(thread.id, "old", client_id="k0")

    batches = await asyncio.gather(
        *[services.message_service.create_messages(thread.id, batch_of("k0", "k1", "k2")) for _ in range(6)]
    )

    assert all(batch == batches[0] for batch in batches)
    assert await services.message_service.list_messages(thread.id) == batches[0]


async def test_a_batch_with_a_client_id_that_is_taken_stores_nothing(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    await services.message_service.create_message(thread.id, "known", client_id="k1")

    with pytest.raises(
        IdTaken, match=r"messages\.1: 'k1' is stored already, as message 1 of the thread, but messages\.0"
    ) as refused:
        await services.message_service.create_messages(
            thread.id, [{"content": "new", "client_id": "k0"}, {"content": "known", "client_id": "k1"}]
        )

    assert refused.value.facts == {"taken": "k1", "entry": 1, "seq": 1, "missing": 0}

    assert [message.content for message in await services.message_service.list_messages(thread.id)] == ["known"]
    assert (await services.thread_service.get_thread(thread.id)).message_count == 1


async def test_a_batch_with_one_client_id_twice_stores_nothing(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    with pytest.raises(InvalidInput, match="'k'"):
        await services.message_service.create_messages(
            thread.id, [{"content": "one", "client_id": "k"}, {"content": "two", "client_id": "k"}]
        )

    assert await services.message_service.list_messages(thread.id) == []
