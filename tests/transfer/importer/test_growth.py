"""People export every month: an import adds what is new, and never changes what is there."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.transfer.conversations import native_conversation, openai_message
from threadkeep.tests.transfer.importer.formats.chatgpt_export import chat, line, message, node
from threadkeep.transfer import export, import_file

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.documents import Documents
    from threadkeep.keep import Threadkeep
    from threadkeep.tests.transfer.conftest import Write

CHAT = "6c5fd9b1-0000-4000-8000-000000000001"
TURNS = [("user", "One?"), ("assistant", "One."), ("user", "Two?"), ("assistant", "Two.")]


async def texts(keep: Threadkeep, thread_id: str = CHAT) -> list[Any]:
    return [row.content for row in await keep.message_service.list_messages(thread_id, limit=100)]


def regenerated() -> dict[str, Any]:
    """The same chat, whose second answer was generated again: the old one is a branch now."""
    nodes = [
        node("m1", "root", message("m1", "user", "One?")),
        node("m2", "m1", message("m2", "assistant", "One.")),
        node("m3", "m2", message("m3", "user", "Two?")),
        node("m4", "m3", message("m4", "assistant", "Two.")),
        node("m5", "m3", message("m5", "assistant", "Two, of course.")),
    ]
    return chat(*nodes)


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


async def test_another_path_is_named_and_left(keep: Threadkeep, write: Write) -> None:
    await import_file(keep, write([line(*TURNS)]))

    report = await import_file(keep, write([regenerated()]))

    assert [problem.reason for problem in report.problems] == [
        f"thread '{CHAT}' is there already, but message 'm5' is not in it"
    ]
    assert (report.threads_grown, await texts(keep)) == (0, ["One?", "One.", "Two?", "Two."])


async def test_update_makes_a_branch_of_the_path_before(keep: Threadkeep, write: Write) -> None:
    await import_file(keep, write([line(*TURNS)]))
    await keep.message_service.create_message(CHAT, "Written here")

    report = await import_file(keep, write([regenerated()]), update=True)
    again = await import_file(keep, write([regenerated()]), update=True)
    [branch] = await keep.thread_service.find_threads(meta_data={"branch_of": CHAT})

    assert (report.threads_grown, report.threads_replaced, report.messages, report.problems) == (1, 1, 1, [])
    assert (again.threads_present, again.messages, again.problems) == (1, 0, [])
    assert await texts(keep) == ["One?", "One.", "Two?", "Two, of course."]
    assert await texts(keep, branch.id) == ["Two.", "Written here"]
    assert branch.meta_data["branch_at"] == "m3"
    assert (await keep.thread_service.get_thread(CHAT)).message_count == 4


async def test_a_replacement_moves_the_preview_with_its_messages(keep: Threadkeep, write: Write) -> None:
    await import_file(keep, write([line(*TURNS)]))
    await keep.message_service.create_messages(CHAT, [{"content": "Popped"}, {"content": "Popped too"}])
    for _ in range(2):
        await keep.message_service.pop_message(CHAT)

    await import_file(keep, write([line(*TURNS[:2], ("tool", "no words"))]), update=True)
    thread = await keep.thread_service.get_thread(CHAT)
    [branch] = await keep.thread_service.find_threads(meta_data={"branch_of": CHAT})
    following = await keep.message_service.create_message(branch.id, "Next")

    assert thread.last_message is not None
    assert thread.last_message["text"] == "One."
    assert branch.last_message is not None
    assert (branch.last_message["text"], branch.last_message["seq"]) == ("Two.", 2)
    assert branch.message_count == 2
    assert await texts(keep, branch.id) == ["Two?", "Two.", "Next"]
    after = await keep.thread_service.get_thread(branch.id)
    assert after.message_count == 3
    assert after.last_message is not None
    assert after.last_message["id"] == following.id


async def test_update_takes_a_message_whose_text_has_changed(keep: Threadkeep, write: Write) -> None:
    await import_file(keep, write([line(*TURNS)]))
    changed = [*TURNS[:2], ("user", "Too?"), TURNS[3]]

    refused = await import_file(keep, write([line(*changed)]))
    updated = await import_file(keep, write([line(*changed)]), update=True)
    again = await import_file(keep, write([line(*changed)]))

    assert refused.problems[0].reason.endswith("but message 'm3' has another content there")
    assert (updated.threads_grown, updated.problems) == (1, [])
    assert (again.threads_present, again.problems) == (1, [])
    assert await texts(keep) == ["One?", "One.", "Too?", "Two."]


async def test_an_update_that_was_killed_is_completed_by_the_next_one(
    keep: Threadkeep, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = [*TURNS[:1], ("assistant", "1."), *TURNS[2:]]
    await import_file(keep, write([line(*TURNS)]))
    path = write([line(*changed)])
    for step in (
        "services.creation.BulkThread.begin",
        "services.creation.BulkThread.write",
        "services.creation.BulkThread.end",
        "transfer.importer.replacement.delete_rows",
        "transfer.importer.growth.with_free_ids",
    ):
        with monkeypatch.context() as patch:
            patch.setattr(f"threadkeep.{step}", _killed)
            with pytest.raises(KeyboardInterrupt):
                await import_file(keep, path, update=True)

    report = await import_file(keep, path, update=True)

    assert report.problems == []
    assert await texts(keep) == ["One?", "1.", "Two?", "Two."]
    [branch] = await keep.thread_service.find_threads(meta_data={"branch_of": CHAT})
    assert await texts(keep, branch.id) == ["One.", "Two?", "Two."]


async def test_a_message_that_is_written_while_an_update_is_killed_stays(
    keep: Threadkeep, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    await import_file(keep, write([line(*TURNS)]))
    path = write([line(*TURNS[:1], ("assistant", "1."))])
    with monkeypatch.context() as patch:
        patch.setattr("threadkeep.transfer.importer.replacement.delete_rows", _killed)
        with pytest.raises(KeyboardInterrupt):
            await import_file(keep, path, update=True)
    await keep.message_service.create_message(CHAT, "Written meanwhile")

    report = await import_file(keep, path, update=True)

    [branch] = await keep.thread_service.find_threads(meta_data={"branch_of": CHAT})
    assert report.problems == []
    assert await texts(keep) == ["One?", "Written meanwhile", "1."]
    assert await texts(keep, branch.id) == ["One.", "Two?", "Two."]


@pytest.mark.slow
async def test_a_long_path_is_moved_in_parts_and_the_thread_keeps_its_external_id(
    keep: Threadkeep, documents: Documents, write: Write
) -> None:
    chat_turns = [("user", str(number)) for number in range(250)]
    await import_file(keep, write([line(*chat_turns)]))
    await documents.threads.update_one({"_id": CHAT}, {"$set": {"external_id": "chat/12"}})

    report = await import_file(keep, write([line(*chat_turns[:20], ("user", "Else"))]), update=True)
    [branch] = await keep.thread_service.find_threads(meta_data={"branch_of": CHAT})

    assert report.problems == []
    assert (branch.message_count, branch.last_seq, branch.external_id) == (230, 230, None)
    assert (await keep.thread_service.get_thread(CHAT)).external_id == "chat/12"
    moved = [row.content async for row in keep.message_service.iter_messages(branch.id)]
    assert moved == [str(number) for number in range(20, 250)]
    assert await texts(keep) == [*map(str, range(20)), "Else"]


async def _killed(*_: object) -> None:
    raise KeyboardInterrupt


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


@pytest.mark.parametrize("part_rows", [1000, 1], ids=["short", "long"])
async def test_update_takes_an_edited_export_of_threadkeep(keep: Threadkeep, write: Write, part_rows: int) -> None:
    def exported(*contents: str) -> Path:
        value = native_conversation("one", length=len(contents))
        for number, (one, content) in enumerate(zip(value["messages"], contents, strict=True), 1):
            one |= {"content": content, "seq": number}
        return write(value)

    await import_file(keep, exported("a", "b", "c"))
    refused = await import_file(keep, exported("a", "B", "c"))
    updated = await import_file(keep, exported("a", "B", "c"), update=True, part_rows=part_rows)
    again = await import_file(keep, exported("a", "B", "c"), part_rows=part_rows)
    grown = await import_file(keep, exported("a", "B", "c", "d"), part_rows=part_rows)
    [branch] = await keep.thread_service.find_threads(meta_data={"branch_of": "thread_one"})

    assert "message 'message_one_2' has another content there" in str(refused.problems[0])
    assert (updated.threads_replaced, updated.messages, updated.problems) == (1, 2, [])
    assert (again.threads_present, again.messages, again.problems) == (1, 0, [])
    assert (grown.threads_grown, grown.messages, grown.problems) == (1, 1, [])
    assert await texts(keep, "thread_one") == ["a", "B", "c", "d"]
    assert await texts(keep, branch.id) == ["b", "c"]


@pytest.mark.parametrize("order", [*itertools.permutations(range(3))], ids=lambda order: "".join(map(str, order)))
async def test_exports_of_adjoining_periods_combine_in_any_order(
    keep: Threadkeep, documents: Documents, write: Write, tmp_path: Path, order: tuple[int, ...]
) -> None:
    await import_file(keep, write(native_conversation("one", length=9), native_conversation("two", length=2)))
    await keep.message_service.delete_message("message_one_5")
    bounds = [None, *(datetime.fromtimestamp(1_700_000_000 + seconds, UTC) for seconds in (4, 8)), None]
    for number in range(3):
        since, until = bounds[number : number + 2]
        await export(keep, tmp_path / f"{number}.jsonl", since=since, until=until)
    for name in ("threads", "messages", "deleted_messages"):
        await documents.database[name].delete_many({})

    reports = [await import_file(keep, tmp_path / f"{number}.jsonl") for number in order]
    thread = await keep.thread_service.get_thread("thread_one")
    found = await keep.message_service.list_messages("thread_one", limit=100)

    assert [report.problems for report in reports] == [[], [], []]
    assert sum(report.messages for report in reports) == 10
    assert [(row.id, row.seq) for row in found] == [(f"message_one_{n}", n) for n in (1, 2, 3, 4, 6, 7, 8, 9)]
    assert (thread.message_count, thread.last_seq) == (8, 9)
    assert (await keep.message_service.create_message("thread_one", "more")).seq == 10
    assert (await keep.thread_service.get_thread("thread_one")).message_count == 9


def period(*numbers: int) -> list[dict[str, Any]]:
    """The messages with these numbers, as a dump of the Assistants API."""
    return [openai_message(number, role="user" if number % 2 else "assistant") for number in numbers]


@pytest.mark.parametrize(
    "periods",
    [
        [(1, 2, 3), (4, 5)],
        [(4, 5), (1, 2, 3)],
        [(3, 4, 5), (1, 2, 3)],
        [(5,), (3, 4), (1, 2)],
        [(4, 5), (1, 2, 3, 4, 5)],
    ],
    ids=["in order", "later first", "overlapping", "three", "whole after part"],
)
async def test_periods_of_another_programs_dump_combine_in_either_order(
    keep: Threadkeep, write: Write, periods: list[tuple[int, ...]]
) -> None:
    reports = [await import_file(keep, write(period(*numbers))) for numbers in periods]
    thread = await keep.thread_service.get_thread("thread_abc")
    found = await keep.message_service.list_messages("thread_abc")

    assert [report.problems for report in reports] == [[] for _ in periods]
    assert sum(report.messages for report in reports) == 5
    assert [(row.content, row.seq) for row in found] == [(f"number {n}", n) for n in range(1, 6)]
    assert (thread.message_count, thread.last_seq) == (5, 5)
    assert (await keep.message_service.create_message("thread_abc", "more")).seq == 6


async def test_an_earlier_period_is_refused_for_a_thread_that_was_continued_here(
    keep: Threadkeep, write: Write
) -> None:
    await import_file(keep, write(period(4, 5)))
    await keep.message_service.create_message("thread_abc", "Written here")

    report = await import_file(keep, write(period(1, 2, 3)))

    assert (report.messages, report.problem_count) == (0, 1)
    assert await texts(keep, "thread_abc") == ["number 4", "number 5", "Written here"]


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
