"""People export every month: an import adds new messages, and never changes stored ones."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from threadkeep.tests.transfer.importer.formats.chatgpt_export import line
from threadkeep.tests.transfer.importer.growing_chat import CHAT, TURNS, texts
from threadkeep.transfer import import_file

if TYPE_CHECKING:
    from threadkeep.keep import Threadkeep
    from threadkeep.tests.transfer.conftest import Write


@pytest.mark.parametrize("part_rows", [1000, 1], ids=["short", "long"])
async def test_a_conversation_that_grew_gets_its_new_messages(keep: Threadkeep, write: Write, part_rows: int) -> None:
    await import_file(keep, write([line(*TURNS[:2])]), part_rows=part_rows)

    report = await import_file(keep, write([line(*TURNS)]), part_rows=part_rows)
    thread = await keep.thread_service.get_thread(CHAT)

    assert (report.threads, report.threads_grown, report.messages, report.messages_present) == (0, 1, 2, 2)
    assert report.problems == []
    assert await texts(keep) == ["One?", "One.", "Two?", "Two."]
    assert (thread.message_count, thread.last_seq) == (4, 4)


async def test_messages_that_were_written_here_stay_before_the_new_ones(keep: Threadkeep, write: Write) -> None:
    await import_file(keep, write([line(*TURNS[:2])]))
    await keep.message_service.create_message(CHAT, "Written here")

    await import_file(keep, write([line(*TURNS)]))

    assert await texts(keep) == ["One?", "One.", "Written here", "Two?", "Two."]


async def test_an_older_export_finds_everything_there(keep: Threadkeep, write: Write) -> None:
    await import_file(keep, write([line(*TURNS)]))

    report = await import_file(keep, write([line(*TURNS[:2])]))

    assert (report.threads_present, report.threads_grown, report.problems) == (1, 0, [])
    assert len(await texts(keep)) == 4


async def test_a_deleted_message_stays_deleted(keep: Threadkeep, write: Write) -> None:
    await import_file(keep, write([line(*TURNS[:3])]))
    [_, second, _] = await keep.message_service.list_messages(CHAT)
    await keep.message_service.delete_message(second.id)

    refused = await import_file(keep, write([line(*TURNS)]))
    updated = await import_file(keep, write([line(*TURNS)]), update=True)

    assert refused.problems[0].reason.endswith("but message 'm2' was deleted from it")
    assert (updated.messages, updated.problems) == (1, [])
    assert await texts(keep) == ["One?", "Two?", "Two."]


async def test_a_dry_run_counts_and_writes_nothing(keep: Threadkeep, write: Write) -> None:
    await import_file(keep, write([line(*TURNS[:2])]))
    new = line(("user", "Hi."), conversation_id="new")

    planned = await import_file(keep, write([line(*TURNS), new]), dry_run=True, owner_id="user_ada")
    before = await texts(keep)
    done = await import_file(keep, write([line(*TURNS), new]), owner_id="user_ada")

    assert len(before) == 2
    assert (planned.dry_run, planned.threads, planned.threads_grown, planned.messages, planned.users) == (
        True,
        1,
        1,
        3,
        1,
    )
    for name in ("conversations", "users", "threads", "threads_grown", "messages", "messages_present"):
        assert getattr(planned, name) == getattr(done, name)


async def test_a_conversation_without_times_is_found_again_at_another_time(keep: Threadkeep, write: Write) -> None:
    path = write({"messages": [{"role": "user", "content": "Hi."}, {"role": "assistant", "content": "Hello."}]})
    await import_file(keep, path, at=datetime(2020, 1, 1, tzinfo=UTC))
    [thread] = await keep.thread_service.find_threads(meta_data={"source": "chat-rows"})
    [_, last] = await keep.message_service.list_messages(thread.id)
    again = await import_file(keep, path)
    await keep.message_service.delete_message(last.id)
    after_deletion = await import_file(keep, path)

    assert thread.created_at == 1_577_836_800
    assert (again.threads_present, again.messages, again.problems) == (1, 0, [])
    assert (after_deletion.messages, after_deletion.problem_count) == (0, 1)
