"""Concurrent appends of several callers and several processes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import PreconditionFailed, ThreadNotFound, TooLarge
from threadkeep.inputs import NewMessage
from threadkeep.keep import Threadkeep
from threadkeep.services.deletion.purge import mark_deleted
from threadkeep.tests.factories import make_history, make_messages, make_thread
from threadkeep.tests.services.appends.numbers import numbers, summary

if TYPE_CHECKING:
    from pymongo import AsyncMongoClient

    from threadkeep.documents import Documents, MessageRow
    from threadkeep.services.appends.joint_writes import Outcome


@pytest.mark.slow
async def test_appends_of_two_processes_leave_no_gap_and_no_duplicate(keep: Threadkeep, other_keep: Threadkeep) -> None:
    thread = await make_thread(keep)

    made = await asyncio.gather(
        *[k.message_service.create_message(thread.id, "x") for _ in range(25) for k in (keep, other_keep)]
    )

    assert sorted(message.seq for message in made) == list(range(1, 51))
    assert await numbers(keep, thread.id) == list(range(1, 51))
    assert await summary(other_keep, thread.id) == (50, 50)


@pytest.mark.slow
async def test_a_polling_reader_sees_every_message_of_two_processes(keep: Threadkeep, other_keep: Threadkeep) -> None:
    thread = await make_thread(keep)

    async def write(writer: Threadkeep) -> None:
        for _ in range(6):
            await asyncio.gather(
                writer.message_service.create_message(thread.id, "single"),
                make_messages(writer, thread.id, ["batch"] * 3),
            )

    writing = asyncio.gather(write(keep), write(keep), write(other_keep), write(other_keep))
    seen: list[int] = []
    cursor = None
    while not writing.done() or len(seen) < 96:
        page = await keep.message_service.list_messages(thread.id, 5, after=cursor)
        seen += [message.seq for message in page]
        cursor = page.last_id or cursor
    await writing

    assert seen == list(range(1, 97))


async def test_an_append_gets_the_next_number_if_the_cached_number_is_old(
    keep: Threadkeep, other_keep: Threadkeep
) -> None:
    thread_id, _ = await make_history(keep, 2)
    await make_messages(other_keep, thread_id, ["x"] * 30)

    single = await keep.message_service.create_message(thread_id, "x")
    await make_messages(other_keep, thread_id, ["x"])
    batch = await make_messages(keep, thread_id, ["x", "x"])

    assert (single.seq, [message.seq for message in batch]) == (33, [35, 36])
    assert await numbers(keep, thread_id) == list(range(1, 37))


async def test_concurrent_appends_of_two_processes_with_one_client_id_store_one_message(
    keep: Threadkeep, other_keep: Threadkeep
) -> None:
    thread = await make_thread(keep)

    made = await asyncio.gather(
        *[k.message_service.create_message(thread.id, "x", client_id="k") for _ in range(5) for k in (keep, other_keep)]
    )

    assert len({message.id for message in made}) == 1
    assert await summary(keep, thread.id) == (1, 1)


async def test_one_of_two_processes_with_one_expected_seq_succeeds(keep: Threadkeep, other_keep: Threadkeep) -> None:
    thread_id, _ = await make_history(keep, 1)
    await other_keep.message_service.create_message(thread_id, "x", expected_seq=1)

    with pytest.raises(PreconditionFailed):
        await keep.message_service.create_message(thread_id, "x", expected_seq=1)

    outcomes = await asyncio.gather(
        *[k.message_service.create_message(thread_id, "x", expected_seq=2) for k in (keep, other_keep)],
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes].count(PreconditionFailed) == 1


async def test_the_number_of_the_newest_message_is_not_reused_after_another_process_deleted_it(
    keep: Threadkeep, other_keep: Threadkeep
) -> None:
    thread_id, messages = await make_history(keep, 3)

    await other_keep.message_service.delete_message(messages[2].id)

    assert (await keep.message_service.create_message(thread_id, "x")).seq == 4
    assert await summary(keep, thread_id) == (3, 4)


@pytest.mark.slow
async def test_numbers_that_another_process_assigned_and_deleted_are_not_reused(
    keep: Threadkeep, other_keep: Threadkeep
) -> None:
    thread_id, _ = await make_history(keep, 2)
    others = await make_messages(other_keep, thread_id, ["x", "x"])
    for message in others:
        await other_keep.message_service.delete_message(message.id)

    following = await keep.message_service.create_message(thread_id, "the cached number is two behind")

    assert following.seq == 5
    assert await summary(other_keep, thread_id) == (3, 5)


@pytest.mark.parametrize("deletion", ["marked", "removed"])
async def test_a_late_append_to_a_thread_deleted_by_another_process_leaves_no_row(
    keep: Threadkeep, other_keep: Threadkeep, documents: Documents, deletion: str
) -> None:
    thread_id, _ = await make_history(keep, 2)
    await keep.message_service.create_message(thread_id, "the number is cached", "assistant")

    if deletion == "removed":
        await other_keep.thread_service.delete_thread(thread_id)
    else:  # the state of a long thread until its rows are purged
        await mark_deleted(documents, thread_id)
        await documents.messages.delete_many({"thread_id": thread_id})
    for content in (["one"], ["one", "two"]):
        with pytest.raises(ThreadNotFound, match=thread_id):
            await keep.operations.messages.append(
                thread_id, [NewMessage(content=text, role="assistant") for text in content]
            )

    assert await documents.messages.count_documents({"thread_id": thread_id}) == 0


@pytest.mark.slow
async def test_a_message_that_is_too_large_does_not_fail_appends_in_the_same_insert(keep: Threadkeep) -> None:
    thread = await make_thread(keep)
    large = [{"a": [0] * 2_000_000}]

    outcomes = await asyncio.gather(
        *[keep.message_service.create_message(thread.id, "small", "assistant") for _ in range(3)],
        keep.message_service.create_message(thread.id, "large", "assistant", attachments=large),
        *[keep.message_service.create_message(thread.id, "small", "assistant") for _ in range(3)],
        return_exceptions=True,
    )

    assert [type(outcome).__name__ for outcome in outcomes] == [
        *["MessageRecord"] * 3,
        TooLarge.__name__,
        *["MessageRecord"] * 3,
    ]
    assert await numbers(keep, thread.id) == [1, 2, 3, 4, 5, 6]


async def test_waiting_appends_are_inserted_together(
    keep: Threadkeep, documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = await make_thread(keep)
    row_counts: list[int] = []
    sequencer = keep.runtime.appender.sequencer
    insert = sequencer._insert  # noqa: SLF001  the test counts the rows of each insert

    async def counting(rows: list[MessageRow]) -> Outcome:
        row_counts.append(len(rows))
        return await insert(rows)

    monkeypatch.setattr(sequencer, "_insert", counting)
    await asyncio.gather(*[keep.message_service.create_message(thread.id, str(n), "assistant") for n in range(100)])

    assert sum(row_counts) == 100
    assert len(row_counts) <= 3
    assert await documents.messages.count_documents({"thread_id": thread.id}) == 100


async def test_close_waits_for_appends_that_have_begun(
    mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str, keep: Threadkeep
) -> None:
    thread = await make_thread(keep)
    closing = Threadkeep(mongo_client, database=database_name, sweep_seconds=None)
    await closing.open()
    messages = closing.message_service
    writing = [asyncio.create_task(messages.create_message(thread.id, "x", "assistant")) for _ in range(5)]
    await asyncio.sleep(0)

    await closing.close()
    written = await asyncio.gather(*writing)

    assert await numbers(keep, thread.id) == sorted(message.seq for message in written) == [1, 2, 3, 4, 5]


@pytest.mark.usefixtures("_mongodb_7")
async def test_a_cancelled_append_still_updates_the_summary(keep: Threadkeep, monkeypatch: pytest.MonkeyPatch) -> None:
    thread = await make_thread(keep)
    summaries = keep.runtime.appender.sequencer._summaries  # noqa: SLF001  the test pauses between the two writes
    answer_inserted = summaries.answer_inserted
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def held(*args: Any) -> None:
        begun.set()
        await go_on.wait()
        await answer_inserted(*args)

    monkeypatch.setattr(summaries, "answer_inserted", held)
    writing = asyncio.create_task(keep.message_service.create_message(thread.id, "x", "assistant"))
    await begun.wait()
    writing.cancel()
    following = asyncio.create_task(keep.message_service.create_message(thread.id, "y", "assistant"))
    go_on.set()

    assert (await following).seq == 2
    assert await summary(keep, thread.id) == (2, 2)
    with pytest.raises(asyncio.CancelledError):
        await writing
