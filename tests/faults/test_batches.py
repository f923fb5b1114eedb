"""Batches that are cut in two, conflict, or are read while they are written: without transactions, and with them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pymongo.errors import AutoReconnect

from threadkeep.clock import now
from threadkeep.errors import IdTaken, PreconditionFailed, Unavailable
from threadkeep.services import Caller, RequestIds, Sweeper, Tuning
from threadkeep.services.appends import batches
from threadkeep.services.deletion.placeholders import remove_placeholders
from threadkeep.tests.factories import make_messages, make_thread
from threadkeep.tests.services.interference import halfway_through_next_insert

if TYPE_CHECKING:
    from threadkeep.documents import MessageRow
    from threadkeep.keep import Threadkeep
    from threadkeep.services import Services
    from threadkeep.tests.faults.conftest import Pair

WRITES_ARE_OVER = Tuning(write_may_run_seconds=0)
BATCH = [{"content": text} for text in ("a", "b", "c", "d")]


async def numbers_and_texts(keep: Threadkeep, thread_id: str) -> list[tuple[int, Any]]:
    return [(message.seq, message.content) for message in await keep.message_service.list_messages(thread_id)]


def cut_after(monkeypatch: pytest.MonkeyPatch, keep: Threadkeep, count: int) -> None:
    """Let the next insert of several messages store some of them and lose the connection then."""
    halfway_through_next_insert(monkeypatch, keep.runtime.documents.messages, lose_connection, count=count)


def leave_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let connections be lost when all messages of a batch are stored, and still marked as parts of it."""
    monkeypatch.setattr(batches, "unmark", lose_connection)


async def lose_connection(*_: Any) -> None:
    raise AutoReconnect


def repeating(keep: Threadkeep, *, again: bool = False) -> Services:
    """The services of a request that carries an idempotency key."""
    return keep.acting_as(Caller("admin", request_ids=RequestIds("seed", milliseconds=1, is_retry=again)))


@pytest.mark.parametrize("tuning", [WRITES_ARE_OVER])
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("keyed", ["by client_id", "by Idempotency-Key"])
async def test_batch_cut_in_two_is_whole_when_it_is_sent_again(
    standalone_keeps: Pair, monkeypatch: pytest.MonkeyPatch, count: int, keyed: str
) -> None:
    one, other = standalone_keeps
    thread = await make_thread(one, "first")
    batch = [message | {"client_id": message["content"]} if keyed == "by client_id" else message for message in BATCH]
    cut_after(monkeypatch, one, count)

    with pytest.raises(Unavailable):
        await repeating(one).message_service.create_messages(thread.id, batch)
    seen = await numbers_and_texts(other, thread.id)
    await make_messages(other, thread.id, ["between"])
    stored = await repeating(other).message_service.create_messages(thread.id, batch)
    again = await repeating(one).message_service.create_messages(thread.id, batch)

    assert seen == [(1, "first")]
    assert again == stored
    assert [text for _, text in await numbers_and_texts(one, thread.id)] == ["first", "between", "a", "b", "c", "d"]
    assert [message.seq for message in stored] == [*range(stored[0].seq, stored[0].seq + 4)]
    assert (await one.thread_service.get_thread(thread.id)).message_count == 6


async def test_batch_still_being_written_is_not_written_twice(
    standalone_keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = standalone_keeps
    thread = await make_thread(one)
    cut_after(monkeypatch, one, 2)
    with pytest.raises(Unavailable):
        await repeating(one).message_service.create_messages(thread.id, BATCH)

    with pytest.raises(Unavailable, match="same keys is being written"):
        await repeating(other).message_service.create_messages(thread.id, BATCH)


@pytest.mark.parametrize("tuning", [WRITES_ARE_OVER])
async def test_writer_of_a_withdrawn_batch_cannot_finish_it(
    standalone_keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = standalone_keeps
    thread = await make_thread(one)

    async def withdraw() -> None:
        await repeating(other).message_service.create_messages(thread.id, BATCH)

    halfway_through_next_insert(monkeypatch, one.runtime.documents.messages, withdraw)
    stored = await repeating(one).message_service.create_messages(thread.id, BATCH)

    assert [text for _, text in await numbers_and_texts(one, thread.id)] == ["a", "b", "c", "d"]
    assert await other.message_service.list_messages(thread.id) == stored
    assert (await one.thread_service.get_thread(thread.id)).message_count == 4


async def test_batch_that_met_another_writer_half_way_counts_and_is_deleted_right(
    standalone_keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = standalone_keeps
    thread = await make_thread(one)

    async def write() -> None:
        await make_messages(other, thread.id, ["between"])

    halfway_through_next_insert(monkeypatch, one.runtime.documents.messages, write)
    stored = await repeating(one).message_service.create_messages(thread.id, BATCH)
    again = await repeating(other).message_service.create_messages(thread.id, BATCH)
    await one.message_service.delete_message(stored[0].id)

    assert again == stored
    assert await numbers_and_texts(one, thread.id) == [(3, "between"), (5, "b"), (6, "c"), (7, "d")]
    assert (await one.thread_service.get_thread(thread.id)).message_count == 4


async def test_reader_between_two_looks_does_not_see_half_a_batch(
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

        async def completed_meanwhile(documents: Any, found: list[MessageRow]) -> list[MessageRow]:
            monkeypatch.setattr("threadkeep.services.paging.message_scan.visible", visible)
            await insert_many(rows[2:])
            return await visible(documents, found)

        monkeypatch.setattr("threadkeep.services.paging.message_scan.visible", completed_meanwhile)
        for order in ("asc", "desc"):
            page = await other.message_service.list_messages(thread.id, 10, order=order)
            seen.append(sorted((message.seq, message.content) for message in page))

    monkeypatch.setattr(messages, "insert_many", slow)
    await make_messages(one, thread.id, ["a", "b", "c", "d"])

    assert seen[0] in ([(1, "first")], seen[1])
    assert [text for _, text in seen[1]] == ["first", "a", "b", "c", "d"]


async def test_batch_whose_last_message_is_deleted_keeps_the_others(
    standalone_keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = standalone_keeps
    thread = await make_thread(one)
    with monkeypatch.context() as patched:
        leave_marked(patched)
        with pytest.raises(Unavailable):
            await one.message_service.create_messages(thread.id, BATCH)
    stored = await other.message_service.list_messages(thread.id)
    await other.message_service.delete_message(stored[-1].id)

    assert [text for _, text in await numbers_and_texts(one, thread.id)] == ["a", "b", "c"]


async def test_batch_that_still_has_its_marks_can_be_filtered(
    standalone_keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = standalone_keeps
    thread = await make_thread(one)
    leave_marked(monkeypatch)
    with pytest.raises(Unavailable):
        await one.message_service.create_messages(thread.id, [*BATCH, {"content": "e", "role": "assistant"}])

    for order in ("asc", "desc"):
        page = await other.message_service.list_messages(thread.id, role="user", order=order)
        assert sorted(str(message.content) for message in page) == ["a", "b", "c", "d"]


async def test_half_a_batch_is_swept_and_does_not_count(
    standalone_keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = standalone_keeps
    thread = await make_thread(one, "first")
    cut_after(monkeypatch, one, 3)
    with pytest.raises(Unavailable):
        await one.message_service.create_messages(thread.id, BATCH)
    await make_messages(other, thread.id, ["last"])
    sequencer = one.runtime.appender.sequencer

    await Sweeper(one.runtime.documents, sequencer, every_seconds=1, given_up=timedelta(0)).sweep()

    assert await numbers_and_texts(one, thread.id) == [(1, "first"), (5, "last")]
    assert (await one.thread_service.get_thread(thread.id)).message_count == 2
    assert await one.runtime.documents.deleted_messages.count_documents({"created_at": {"$exists": True}}) == 0


async def test_commit_that_the_driver_repeats_is_not_refused(keeps: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that dies after a commit knows nothing of it afterwards, and the driver does the transaction again."""
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


async def test_deleted_message_does_not_come_back_when_its_request_is_sent_again(keeps: Pair) -> None:
    one, other = keeps
    thread = await make_thread(one)
    (message,) = await repeating(one).message_service.create_messages(thread.id, BATCH[:1])
    await other.message_service.delete_message(message.id)

    with pytest.raises(IdTaken):
        await repeating(other).message_service.create_messages(thread.id, BATCH[:1])
    await remove_placeholders(one.runtime.documents, now() + timedelta(seconds=1))  # minutes later
    with pytest.raises(IdTaken):
        await repeating(other, again=True).message_service.create_messages(thread.id, BATCH[:1])

    assert await one.message_service.list_messages(thread.id) == []


async def test_batches_of_two_processes_at_once_are_each_whole(standalone_keeps: Pair) -> None:
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


@pytest.mark.parametrize("tuning", [WRITES_ARE_OVER])
async def test_expected_batch_is_refused_when_numbers_were_used_up(
    standalone_keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = standalone_keeps
    thread = await make_thread(one, "first")
    cut_after(monkeypatch, one, 2)
    with pytest.raises(Unavailable):
        await repeating(one).message_service.create_messages(thread.id, BATCH, expected_seq=1)

    with pytest.raises(PreconditionFailed):
        await repeating(other).message_service.create_messages(thread.id, BATCH, expected_seq=1)

    assert await numbers_and_texts(one, thread.id) == [(1, "first")]
