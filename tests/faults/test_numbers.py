"""Numbers that one process caches, and changes by another process."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from threadkeep.clock import now
from threadkeep.errors import PreconditionFailed
from threadkeep.services import Sweeper, Tuning
from threadkeep.services.deletion import placeholders
from threadkeep.services.maintenance.sweeper import GIVEN_UP
from threadkeep.tests.factories import make_messages, make_thread

if TYPE_CHECKING:
    from threadkeep.tests.faults.conftest import Pair


async def test_the_number_of_a_message_that_another_process_stored_and_deleted_is_not_reused(keeps: Pair) -> None:
    one, other = keeps
    thread = await make_thread(one, "1", "2", "3")
    written = await make_messages(other, thread.id, ["4", "5"])
    await other.message_service.delete_message(written[0].id)

    late = await one.message_service.create_message(thread.id, "late", "assistant")

    assert late.seq == 6
    assert await other.message_service.list_messages(thread.id, after=written[1].id) == [late]
    assert (await one.thread_service.get_thread(thread.id)).message_count == 5


async def test_the_number_of_the_newest_message_that_another_process_deleted_is_not_reused(keeps: Pair) -> None:
    one, other = keeps
    thread = await make_thread(one, "1")
    (written,) = await make_messages(other, thread.id, ["2"])
    await other.message_service.delete_message(written.id)

    with pytest.raises(PreconditionFailed):
        await one.message_service.create_message(thread.id, "late", expected_seq=1)
    late = await make_messages(one, thread.id, ["late", "later"])

    assert [message.seq for message in late] == [3, 4]
    assert await other.message_service.list_messages(thread.id, after=written.id) == late


async def test_a_placeholder_row_has_no_content_and_is_removed_when_no_process_caches_its_number(keeps: Pair) -> None:
    one, _ = keeps
    thread = await make_thread(one, "secret")
    (message,) = await one.message_service.list_messages(thread.id)
    await one.message_service.update_message(message.id, meta_data={"secret": 1})
    await one.message_service.delete_message(message.id)
    documents = one.runtime.documents

    placeholder = await documents.messages.find_one({"thread_id": thread.id})
    await Sweeper(documents, one.runtime.appender.sequencer, every_seconds=1).sweep()

    assert placeholder is not None
    assert "secret" not in str(placeholder)
    assert await documents.messages.count_documents({}) == 1

    await placeholders.remove_placeholders(documents, now() + timedelta(seconds=1))

    assert await documents.messages.count_documents({}) == 0


@pytest.mark.parametrize("tuning", [Tuning(last_seq_cached_seconds=-1)])
async def test_a_cached_number_expires_before_placeholder_rows_are_removed(
    keeps: Pair,
) -> None:
    one, other = keeps
    thread = await make_thread(one, "1")
    (written,) = await make_messages(other, thread.id, ["2"])
    await other.message_service.delete_message(written.id)
    await placeholders.remove_placeholders(one.runtime.documents, now() + timedelta(seconds=1))

    late = await one.message_service.create_message(thread.id, "late", "assistant")

    assert late.seq == 3


def test_placeholder_rows_outlive_cached_numbers() -> None:
    assert timedelta(seconds=2 * Tuning().last_seq_cached_seconds) < GIVEN_UP
