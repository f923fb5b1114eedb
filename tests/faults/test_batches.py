"""Batches that are interrupted, conflict, or are read while they are written, without and with transactions."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.clock import now
from threadkeep.errors import IdTaken, PreconditionFailed, Unavailable
from threadkeep.services import Sweeper
from threadkeep.services.appends import batches
from threadkeep.services.deletion.placeholders import remove_placeholders
from threadkeep.tests.factories import make_messages, make_thread
from threadkeep.tests.faults.batches import (
    BATCH,
    NO_RUNNING_WRITERS,
    RUNNING_WRITERS,
    interrupt_after,
    keyed_services,
    lose_connection_before_unmark,
    numbers_and_texts,
)
from threadkeep.tests.services.interference import halfway_through_next_insert

if TYPE_CHECKING:
    from threadkeep.documents import MessageRow
    from threadkeep.tests.faults.conftest import Pair


@pytest.mark.parametrize("tuning", [NO_RUNNING_WRITERS])
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("key", ["by client_id", "by Idempotency-Key"])
async def test_a_retry_of_an_interrupted_batch_stores_the_whole_batch(
    standalone_keeps: Pair, monkeypatch: pytest.MonkeyPatch, count: int, key: str
) -> None:
    one, other = standalone_keeps
    thread = await make_thread(one, "first")
    batch: list[Any] = [
        {**message, "client_id": message["content"]} if key == "by client_id" else message for message in BATCH
    ]
    interrupt_after(monkeypatch, one, count)

    with pytest.raises(Unavailable):
        await keyed_services(one).message_service.create_messages(thread.id, batch)
    seen = await numbers_and_texts(other, thread.id)
    await make_messages(other, thread.id, ["between"])
    stored = await keyed_services(other).message_service.create_messages(thread.id, batch)
    again = await keyed_services(one).message_service.create_messages(thread.id, batch)

    assert seen == [(1, "first")]
    assert again == stored
    assert [text for _, text in await numbers_and_texts(one, thread.id)] == ["first", "between", "a", "b", "c", "d"]
    assert [message.seq for message in stored] == [*range(stored[0].seq, stored[0].seq + 4)]
    assert (await one.thread_service.get_thread(thread.id)).message_count == 6


@pytest.mark.parametrize("tuning", [RUNNING_WRITERS])
async def test_a_retry_of_a_batch_whose_writer_may_be_running_is_refused(
    standalone_keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = standalone_keeps
    thread = await make_thread(one)
    interrupt_after(monkeypatch, one, 2)
    with pytest.raises(Unavailable):
        await keyed_services(one).message_service.create_messages(thread.id, BATCH)

    with pytest.raises(Unavailable, match="same keys is being written"):
        await keyed_services(other).message_service.create_messages(thread.id, BATCH)


@pytest.mark.parametrize("tuning", [NO_RUNNING_WRITERS])
async def test_the_writer_of_a_withdrawn_batch_cannot_complete_it(
    standalone_keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = standalone_keeps
    thread = await make_thread(one)

    async def withdraw() -> None:
        await keyed_services(other).message_service.create_messages(thread.id, BATCH)

    halfway_through_next_insert(monkeypatch, one.runtime.documents.messages, withdraw)
    stored = await keyed_services(one).message_service.create_messages(thread.id, BATCH)

    assert [text for _, text in await numbers_and_texts(one, thread.id)] == ["a", "b", "c", "d"]
    assert await other.message_service.list_messages(thread.id) == stored
    assert (await one.thread_service.get_thread(thread.id)).message_count == 4


async def test_a_batch_that_conflicts_with_an_append_is_counted_and_deleted_correctly(
    standalone_keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = standalone_keeps
    thread = await make_thread(one)

    async def write() -> None:
        await make_messages(other, thread.id, ["between"])

    halfway_through_next_insert(monkeypatch, one.runtime.documents.messages, write)
    stored = await keyed_services(one).message_service.create_messages(thread.id, BATCH)
    again = await keyed_services(other).message_service.create_messages(thread.id, BATCH)
    answered = keyed_services(other, is_retry=True, is_answered=True).message_service
    found_again = await answered.create_messages(thread.id, BATCH)
    await one.message_service.delete_message(stored[0].id)

    assert again == found_again == stored
    with pytest.raises(IdTaken, match="deleted since"):
        await answered.create_messages(thread.id, BATCH)
    assert await numbers_and_texts(one, thread.id) == [(3, "between"), (5, "b"), (6, "c"), (7, "d")]
    assert (await one.thread_service.get_thread(thread.id)).message_count == 4


async def test_a_reader_between_two_queries_sees_no_part_of_a_batch(
    standalone_keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = standalone_keeps
    thread = await make_thread(one, "first")
    messages = one.runtime.documents.messages
    insert_many = messages.insert_many
    seen: list[list[tuple[int, Any]]] = []
    visible = batches.visible

    async def slow(rows: list[MessageRow], **_: Any) -> None:
        monkeypatch.setattr(messages, "insert_many", insert_many)
        await insert_many(rows[:2])

        async def complete_before_check(documents: Any, found: list[MessageRow], *thread: Any) -> list[MessageRow]:
            monkeypatch.setattr("threadkeep.services.paging.message_scan.visible", visible)
            await insert_many(rows[2:])
            return await visible(documents, found, *thread)

        monkeypatch.setattr("threadkeep.services.paging.message_scan.visible", complete_before_check)
        for order in ("asc", "desc"):
            page = await other.message_service.list_messages(thread.id, 10, order=order)
            seen.append(sorted((message.seq, message.content) for message in page))

    monkeypatch.setattr(messages, "insert_many", slow)
    await make_messages(one, thread.id, ["a", "b", "c", "d"])

    assert seen[0] in ([(1, "first")], seen[1])
    assert [text for _, text in seen[1]] == ["first", "a", "b", "c", "d"]


async def test_a_batch_with_marks_keeps_its_messages_after_the_last_one_is_deleted(
    standalone_keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = standalone_keeps
    thread = await make_thread(one)
    with monkeypatch.context() as patched:
        lose_connection_before_unmark(patched)
        with pytest.raises(Unavailable):
            await one.message_service.create_messages(thread.id, BATCH)
    stored = await other.message_service.list_messages(thread.id)
    await other.message_service.delete_message(stored[-1].id)

    assert [text for _, text in await numbers_and_texts(one, thread.id)] == ["a", "b", "c"]


async def test_filters_find_the_messages_of_a_batch_with_marks(
    standalone_keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = standalone_keeps
    thread = await make_thread(one)
    lose_connection_before_unmark(monkeypatch)
    with pytest.raises(Unavailable):
        await one.message_service.create_messages(thread.id, [*BATCH, {"content": "e", "role": "assistant"}])

    for order in ("asc", "desc"):
        page = await other.message_service.list_messages(thread.id, role="user", order=order)
        assert sorted(str(message.content) for message in page) == ["a", "b", "c", "d"]


async def test_a_sweep_removes_an_interrupted_batch_from_reads_and_counts(
    standalone_keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = standalone_keeps
    thread = await make_thread(one, "first")
    interrupt_after(monkeypatch, one, 3)
    with pytest.raises(Unavailable):
        await one.message_service.create_messages(thread.id, BATCH)
    await make_messages(other, thread.id, ["last"])
    sequencer = one.runtime.appender.sequencer

    await Sweeper(one.runtime.documents, sequencer, every_seconds=1, given_up=timedelta(0)).sweep()

    assert await numbers_and_texts(one, thread.id) == [(1, "first"), (5, "last")]
    assert (await one.thread_service.get_thread(thread.id)).message_count == 2
    assert await one.runtime.documents.deleted_messages.count_documents({"created_at": {"$exists": True}}) == 0


async def test_a_transaction_that_the_driver_runs_again_is_not_refused(
    keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that ends after a commit may lose it. Then the driver runs the transaction again."""
    one, _ = keeps
    thread = await make_thread(one)
    transactions = one.runtime.appender.sequencer.transactions
    assert transactions is not None
    run = transactions.run

    async def twice(work: Any) -> Any:
        await run(work)
        return await run(work)

    monkeypatch.setattr(transactions, "run", twice)
    stored = await one.message_service.create_messages(thread.id, BATCH)

    assert await one.message_service.list_messages(thread.id) == stored
    assert (await one.thread_service.get_thread(thread.id)).message_count == 4


async def test_a_retry_does_not_restore_a_deleted_message(keeps: Pair) -> None:
    one, other = keeps
    thread = await make_thread(one)
    (message,) = await keyed_services(one).message_service.create_messages(thread.id, BATCH[:1])
    await other.message_service.delete_message(message.id)

    with pytest.raises(IdTaken):
        await keyed_services(other).message_service.create_messages(thread.id, BATCH[:1])
    await remove_placeholders(one.runtime.documents, now() + timedelta(seconds=1))  # as minutes later
    with pytest.raises(IdTaken):
        await keyed_services(other, is_retry=True).message_service.create_messages(thread.id, BATCH[:1])

    assert await one.message_service.list_messages(thread.id) == []


async def test_concurrent_batches_of_two_processes_do_not_interleave(standalone_keeps: Pair) -> None:
    one, _ = standalone_keeps
    thread = await make_thread(one)

    await asyncio.gather(
        *(
            keep.message_service.create_messages(thread.id, [{"content": f"{writer}.{n}.{i}"} for i in range(3)])
            for n in range(5)
            for writer, keep in enumerate(standalone_keeps)
        )
    )
    texts = [text for _, text in await numbers_and_texts(one, thread.id)]
    batches_seen = ["".join(text[:-1] for text in texts[start : start + 3]) for start in range(0, 30, 3)]

    assert len(texts) == 30
    assert sorted(batches_seen) == sorted(f"{writer}.{n}." * 3 for n in range(5) for writer in range(2))
    assert (await one.thread_service.get_thread(thread.id)).message_count == 30


@pytest.mark.parametrize("tuning", [NO_RUNNING_WRITERS])
async def test_a_retry_with_expected_seq_is_refused_if_its_first_request_used_numbers(
    standalone_keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = standalone_keeps
    thread = await make_thread(one, "first")
    interrupt_after(monkeypatch, one, 2)
    with pytest.raises(Unavailable):
        await keyed_services(one).message_service.create_messages(thread.id, BATCH, expected_seq=1)

    with pytest.raises(PreconditionFailed):
        await keyed_services(other).message_service.create_messages(thread.id, BATCH, expected_seq=1)

    assert await numbers_and_texts(one, thread.id) == [(1, "first")]
