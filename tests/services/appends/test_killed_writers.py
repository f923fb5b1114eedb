"""Messages whose writers were killed before they updated the summary of the thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from threadkeep.errors import PreconditionFailed
from threadkeep.inputs import NewMessage
from threadkeep.services.appends.rows import message_row
from threadkeep.tests.factories import make_history
from threadkeep.tests.services.appends.numbers import numbers, summary
from threadkeep.tests.services.maintenance.sweeping import sweep

if TYPE_CHECKING:
    from threadkeep.documents import Documents, MessageRow
    from threadkeep.keep import Threadkeep


async def insert_without_summary(documents: Documents, thread_id: str, seq: int) -> MessageRow:
    """Insert a message and leave the summary as it is, like a writer that is killed between its two writes."""
    row = message_row(thread_id, NewMessage(content=f"orphan {seq}"), None)
    row["seq"] = seq
    await documents.messages.insert_one(row)
    return row


async def test_a_message_of_a_killed_writer_is_readable_and_the_next_append_corrects_the_summary(
    keep: Threadkeep, documents: Documents
) -> None:
    thread_id, _ = await make_history(keep, 2)
    await insert_without_summary(documents, thread_id, 3)

    read = await numbers(keep, thread_id)
    before = await summary(keep, thread_id)
    following = await keep.message_service.create_message(thread_id, "next")

    assert (read, before) == ([1, 2, 3], (2, 2))
    assert following.seq == 4
    assert await summary(keep, thread_id) == (4, 4)


async def test_pages_include_messages_with_numbers_above_last_seq(keep: Threadkeep, documents: Documents) -> None:
    thread_id, messages = await make_history(keep, 2)
    for seq in (3, 4, 5):
        await insert_without_summary(documents, thread_id, seq)

    pages = [
        await keep.message_service.list_messages(thread_id, 2),
        await keep.message_service.list_messages(thread_id, 2, order="desc"),
        await keep.message_service.list_messages(thread_id, 2, after=messages[1].id),
        await keep.message_service.list_messages(thread_id, 2, before=messages[1].id, order="desc"),
    ]

    assert [[message.seq for message in page] for page in pages] == [[1, 2], [5, 4], [3, 4], [4, 3]]
    assert [page.has_more for page in pages] == [True] * 4


async def test_the_sweeper_corrects_the_summary_after_a_killed_writer(keep: Threadkeep, documents: Documents) -> None:
    thread_id, _ = await make_history(keep, 2)
    orphan = await insert_without_summary(documents, thread_id, 3)

    await sweep(keep)
    thread = await keep.thread_service.get_thread(thread_id)
    row = await documents.threads.find_one({"_id": thread_id})

    assert (thread.message_count, thread.last_seq) == (3, 3)
    assert row is not None
    assert row["last_message_at"] == row["last_active_at"] == orphan["created_at"]


async def test_expected_seq_counts_the_message_of_a_killed_writer(keep: Threadkeep, documents: Documents) -> None:
    thread_id, _ = await make_history(keep, 2)
    await insert_without_summary(documents, thread_id, 3)

    with pytest.raises(PreconditionFailed):
        await keep.message_service.create_message(thread_id, "x", expected_seq=2)
    following = await keep.message_service.create_message(thread_id, "x", expected_seq=3)

    assert following.seq == 4


async def test_the_number_of_a_killed_writers_message_is_not_reused_after_its_deletion(
    keep: Threadkeep, other_keep: Threadkeep, documents: Documents
) -> None:
    thread_id, _ = await make_history(keep, 2)
    orphan = await insert_without_summary(documents, thread_id, 3)

    await other_keep.message_service.delete_message(orphan["_id"])

    assert await summary(other_keep, thread_id) == (2, 3)
    assert (await other_keep.message_service.create_message(thread_id, "x")).seq == 4


async def test_a_retry_of_a_killed_writer_returns_its_message_and_corrects_the_summary(
    keep: Threadkeep, other_keep: Threadkeep, documents: Documents
) -> None:
    thread_id, _ = await make_history(keep, 2)
    orphan = await insert_without_summary(documents, thread_id, 3)
    await documents.messages.update_one({"_id": orphan["_id"]}, {"$set": {"client_id": "k"}})

    again = await other_keep.message_service.create_message(thread_id, "orphan 3", client_id="k")

    assert again.id == orphan["_id"]
    assert await summary(keep, thread_id) == (3, 3)
