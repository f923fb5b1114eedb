"""An import with `--update`: where a conversation took another path, the stored path becomes a branch."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.services import BulkThread
from threadkeep.tests.transfer.conversations import native_conversation
from threadkeep.tests.transfer.importer.formats.chatgpt_export import chat, line, message, node
from threadkeep.tests.transfer.importer.growing_chat import CHAT, TURNS, texts
from threadkeep.transfer import import_file

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.documents import Documents
    from threadkeep.keep import Threadkeep
    from threadkeep.tests.transfer.conftest import Write


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


async def test_a_thread_with_another_path_is_reported_and_stays_unchanged(keep: Threadkeep, write: Write) -> None:
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


@pytest.mark.slow
async def test_a_large_path_is_moved_in_writes_of_bounded_size(
    keep: Threadkeep, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_turns = [("user", "One?"), *(("assistant", "x" * 900_000) for _ in range(20))]
    await import_file(keep, write([line(*long_turns)]))
    sizes: list[int] = []
    written = BulkThread.write

    async def noting(thread: BulkThread, rows: list[Any]) -> None:
        sizes.append(sum(len(row["content"]) for row in rows))
        await written(thread, rows)

    monkeypatch.setattr(BulkThread, "write", noting)
    await import_file(keep, write([line(*long_turns[:1], ("assistant", "1."))]), update=True)
    [branch] = await keep.thread_service.find_threads(meta_data={"branch_of": CHAT})

    assert branch.message_count == 20
    assert max(sizes) <= 9 * 1024 * 1024


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
        "transfer.importer.writing.replacement.delete_rows",
        "transfer.importer.writing.growth.with_free_ids",
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
        patch.setattr("threadkeep.transfer.importer.writing.replacement.delete_rows", _killed)
        with pytest.raises(KeyboardInterrupt):
            await import_file(keep, path, update=True)
    await keep.message_service.create_message(CHAT, "Written meanwhile")

    report = await import_file(keep, path, update=True)

    [branch] = await keep.thread_service.find_threads(meta_data={"branch_of": CHAT})
    assert report.problems == []
    assert await texts(keep) == ["One?", "Written meanwhile", "1."]
    assert await texts(keep, branch.id) == ["One.", "Two?", "Two."]


@pytest.mark.chaos
async def test_a_long_path_is_moved_in_parts_and_the_thread_keeps_its_external_id(
    keep: Threadkeep, documents: Documents, write: Write
) -> None:
    chat_turns = [("user", str(number)) for number in range(140)]
    await import_file(keep, write([line(*chat_turns)]))
    await documents.threads.update_one({"_id": CHAT}, {"$set": {"external_id": "chat/12"}})

    report = await import_file(keep, write([line(*chat_turns[:20], ("user", "Else"))]), update=True)
    [branch] = await keep.thread_service.find_threads(meta_data={"branch_of": CHAT})

    assert report.problems == []
    assert (branch.message_count, branch.last_seq, branch.external_id) == (120, 120, None)
    assert (await keep.thread_service.get_thread(CHAT)).external_id == "chat/12"
    moved = [row.content async for row in keep.message_service.iter_messages(branch.id)]
    assert moved == [str(number) for number in range(20, 140)]
    assert await texts(keep) == [*map(str, range(20)), "Else"]


async def _killed(*_: object) -> None:
    raise KeyboardInterrupt


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


def path(names: list[str]) -> dict[str, Any]:
    """A chat of messages with these ids and texts, each the answer to the one before."""
    parents = ["root", *names]
    return chat(
        *(node(name, parent, message(name, "user", name)) for name, parent in zip(names, parents, strict=False))
    )


@pytest.mark.parametrize(
    "seed",
    [
        *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3)),
        *(pytest.param(seed, marks=pytest.mark.chaos) for seed in range(3, 20)),
    ],
)
async def test_updates_follow_any_changes_of_the_path_and_restore_nothing_that_a_person_deleted(
    keep: Threadkeep, write: Write, seed: int
) -> None:
    random = Random(seed)  # noqa: S311 - reproducible test data
    names, deleted = [f"{number}a" for number in range(random.randint(2, 8))], set[str]()
    await import_file(keep, write([path(names)]))
    for _ in range(6):
        for row in await keep.message_service.list_messages(CHAT, limit=100):
            if random.random() < 0.2:
                await keep.message_service.delete_message(row.id)
                deleted.add(str(row.content))
        if random.random() < 0.8:
            place = random.randrange(len(names))
            names[place] = names[place][:-1] + random.choice("abc")
        names += [f"{len(names)}a"] * random.randint(0, 1)

        expected = await import_file(keep, write([path(names)]), update=True, dry_run=True)
        report = await import_file(keep, write([path(names)]), update=True, part_rows=random.choice([1, 2, 1000]))
        again = await import_file(keep, write([path(names)]), update=True)

        assert (report.problems, again.problems, again.messages) == ([], [], 0)
        assert await texts(keep) == [name for name in names if name not in deleted]
        assert (expected.messages, expected.problems) == (report.messages, [])
