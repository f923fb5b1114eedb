from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import InvalidInput
from threadkeep.services import Tuning
from threadkeep.tests.transfer.conversations import native_conversation
from threadkeep.transfer import import_file
from threadkeep.transfer.importer import importer

if TYPE_CHECKING:
    from collections.abc import Collection

    from threadkeep.documents import Documents
    from threadkeep.keep import Threadkeep
    from threadkeep.tests.transfer.conftest import Write
    from threadkeep.transfer.importer.writing.assembly import Part

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "tests/data/conversation.json"
RECORDED = ROOT.parent / "shared/data/conversation.json"
CONVERSATIONS = {
    path.parents[1].name: (path, json.loads(path.read_text())) for path in (SAMPLE, RECORDED) if path.exists()
}


def texts(messages: list[Any]) -> list[str]:
    return [message["content"] for message in messages]


@pytest.mark.parametrize("origin", CONVERSATIONS)
async def test_import_keeps_every_field_of_every_message(keep: Threadkeep, origin: str) -> None:
    path, conversation = CONVERSATIONS[origin]

    report = await import_file(keep, path)
    thread = await keep.thread_service.get_thread(conversation["thread"]["id"])
    messages = await keep.message_service.list_messages(thread.id, limit=100)

    assert (report.threads, report.messages, report.problems) == (1, len(conversation["messages"]), [])
    assert [
        {name: message[name] for name in expected}
        for message, expected in zip(messages, conversation["messages"], strict=True)
    ] == (conversation["messages"])
    assert [message.seq for message in messages] == [*range(1, len(messages) + 1)]
    assert thread.object == conversation["thread"]["object"]


async def test_import_derives_the_summary_of_the_thread(keep: Threadkeep) -> None:
    await import_file(keep, SAMPLE)
    thread = await keep.thread_service.get_thread("thread_3nQmWd8RkZyV5tBxLs7HcA")

    assert (thread.created_at, thread.last_message_at, thread.last_active_at) == (1767607200, 1767693600, 1767693600)
    assert (thread.message_count, thread.last_seq) == (20, 20)
    assert thread.owner_id == "user_Kx2VbQ7mZr9LwTn4YcHd0P"
    assert thread.participant_ids == ["user_Kx2VbQ7mZr9LwTn4YcHd0P", "user_Ja8sRf3Gu6Wq1EoXi5NtBv"]


async def test_imported_tool_calls_can_be_queried(keep: Threadkeep, documents: Documents) -> None:
    await import_file(keep, SAMPLE)

    pipeline = [{"$unwind": "$tool_calls"}, {"$sortByCount": "$tool_calls.function.name"}]
    called = [row["_id"] async for row in await documents.messages.aggregate(pipeline)]

    assert sorted(called) == ["find_berths", "price", "wind_forecast"]


async def test_import_creates_missing_users_and_leaves_the_others_unchanged(keep: Threadkeep, write: Write) -> None:
    await import_file(keep, write(native_conversation("one", participant_ids=["user_ada"])))
    await keep.user_service.update_user("user_ada", full_name="Ada")

    report = await import_file(keep, write(native_conversation("two", participant_ids=["user_ada", "user_bob"])))

    assert report.users == 1
    assert (await keep.user_service.get_user("user_ada")).full_name == "Ada"
    assert await keep.thread_service.list_threads("user_bob") == ["thread_two"]


async def test_import_writes_rows_as_the_services_do(keep: Threadkeep, documents: Documents, write: Write) -> None:
    user = await keep.user_service.create_user()
    thread = await keep.thread_service.create_thread([user.id])
    await keep.message_service.create_message(thread.id, "hello")
    await import_file(keep, write(native_conversation("one", length=1)))

    for collection in ("users", "threads", "messages"):
        ours, imported = await documents.database[collection].find().sort("created_at", -1).to_list()
        if collection == "users":
            ours, imported = imported, ours
        imported.pop("imported_at", None)  # only an import sets it
        assert [(name, type(value)) for name, value in imported.items()] == [
            (name, type(value)) for name, value in ours.items()
        ]


async def test_a_second_import_changes_nothing_and_reports_it(
    keep: Threadkeep, documents: Documents, write: Write
) -> None:
    path = write(native_conversation("one"), native_conversation("two"))
    await import_file(keep, path)
    before = [await documents.database[name].find().to_list() for name in ("users", "threads", "messages")]

    report = await import_file(keep, path)

    assert (report.threads, report.messages, report.users) == (0, 0, 0)
    assert (report.threads_present, report.messages_present, report.problems) == (2, 6, [])
    assert before == [await documents.database[name].find().to_list() for name in ("users", "threads", "messages")]


async def test_a_second_import_accepts_a_thread_with_newer_messages(keep: Threadkeep, write: Write) -> None:
    path = write(native_conversation("one"))
    await import_file(keep, path)
    await keep.message_service.create_message("thread_one", "and another thing")

    report = await import_file(keep, path)

    assert (report.threads_present, report.problems) == (1, [])


async def test_import_refuses_a_thread_that_exists_with_other_messages(keep: Threadkeep, write: Write) -> None:
    await import_file(keep, write(native_conversation("one")))
    other = native_conversation("one")
    other["messages"][1]["content"] = "something else"

    report = await import_file(keep, write(native_conversation("two"), other))

    assert report.threads == 1
    assert [str(problem) for problem in report.problems] == [
        "line 2, thread: thread 'thread_one' is there already, but message 'message_one_2' has another content there"
    ]
    assert texts(await keep.message_service.list_messages("thread_one")) == ["number 1", "number 2", "number 3"]


async def test_import_does_not_restore_a_deleted_message(keep: Threadkeep, write: Write) -> None:
    path = write(native_conversation("one"))
    await import_file(keep, path)
    await keep.message_service.delete_message("message_one_2")

    report = await import_file(keep, path)

    assert [problem.reason for problem in report.problems] == [
        "thread 'thread_one' is there already, but message 'message_one_2' was deleted from it"
    ]


@pytest.mark.parametrize("part_rows", [1000, 2], ids=["short", "long"])
async def test_a_message_id_of_another_thread_is_kept_as_client_id(
    keep: Threadkeep, documents: Documents, write: Write, part_rows: int
) -> None:
    second = native_conversation("second")
    second["messages"][2]["id"] = "message_one_1"
    path = write(native_conversation("one"), second)

    report = await import_file(keep, path, part_rows=part_rows)
    again = await import_file(keep, path, part_rows=part_rows)
    rows = await documents.messages.find({"thread_id": "thread_second"}).sort("seq", 1).to_list()

    assert (report.threads, report.messages, report.problems) == (2, 6, [])
    assert (again.threads_present, again.messages, again.problems) == (2, 0, [])
    assert [row.get("client_id") for row in rows] == [None, None, "message_one_1"]
    assert texts(rows) == ["number 1", "number 2", "number 3"]


async def test_import_stores_a_thread_that_is_twice_in_a_file_once(keep: Threadkeep, write: Write) -> None:
    report = await import_file(keep, write(native_conversation("one"), native_conversation("one")))

    assert (report.threads, report.threads_present, report.problems) == (1, 1, [])


async def test_import_refuses_participants_without_a_user_id(keep: Threadkeep, write: Write) -> None:
    report = await import_file(keep, write(native_conversation("one", participant_ids=["user_ada", "somebody"])))

    assert "no such user: somebody" in report.problems[0].reason
    assert report.threads == 0


async def test_import_gives_threads_without_an_owner_to_owner_id(keep: Threadkeep, write: Write) -> None:
    conversation = native_conversation("one")
    for message in conversation["messages"]:
        del message["sender_id"]

    await import_file(keep, write(conversation), owner_id="user_bob")

    assert (await keep.thread_service.get_thread("thread_one")).owner_id == "user_bob"
    assert {message.sender_id for message in await keep.message_service.list_messages("thread_one")} == {"user_bob"}


@pytest.mark.parametrize("dry_run", [False, True])
async def test_import_refuses_an_owner_who_does_not_exist_before_it_reads(
    keep: Threadkeep, documents: Documents, write: Write, *, dry_run: bool
) -> None:
    path = write(native_conversation("one"))
    read: list[int] = []

    with pytest.raises(InvalidInput, match="owner_id: there is no user 'nobody'"):
        await import_file(
            keep, path, owner_id="nobody", dry_run=dry_run, on_progress=lambda done, _total: read.append(done)
        )

    assert read == []
    assert await documents.threads.count_documents({}) == 0
    assert await documents.database["users"].count_documents({}) == 0


async def test_import_accepts_an_owner_with_an_id_of_another_form(
    keep: Threadkeep, documents: Documents, write: Write
) -> None:
    user = await keep.user_service.create_user()
    row: Any = await documents.database["users"].find_one({"_id": user.id})
    await documents.database["users"].insert_one(row | {"_id": "ada"})

    report = await import_file(
        keep, write({"messages": [{"role": "user", "content": "x", "created_at": 1}]}), owner_id="ada"
    )

    assert report.problems == []
    assert await documents.threads.count_documents({"owner_id": "ada"}) == 1


async def test_import_derives_the_same_ids_each_time_if_a_file_has_none(keep: Threadkeep, write: Write) -> None:
    path = write({"thread": {"id": "thread_one"}, "messages": [{"role": "user", "content": "x", "created_at": 1}]})
    await import_file(keep, path)

    report = await import_file(keep, path)

    assert (report.threads_present, report.problems) == (1, [])


@pytest.mark.parametrize("shape", ["lines", "list", "pretty", "gzip", "bom", "inline", "envelopes"])
async def test_import_reads_every_layout_of_file(keep: Threadkeep, write: Write, shape: str) -> None:
    conversations = [native_conversation("one"), native_conversation("two")]
    inline = [one["thread"] | {"messages": one["messages"]} for one in conversations]
    lists = [one | {"messages": {"object": "list", "data": one["messages"]}} for one in conversations]
    match shape:
        case "lines":
            path = write(*conversations, "")
        case "list":
            path = write(conversations)
        case "pretty":
            path = write(json.dumps(conversations, indent=2))
        case "gzip":
            path = write()
            path.write_bytes(gzip.compress(json.dumps(conversations).encode()))
        case "bom":
            path = write("\ufeff" + json.dumps(conversations[0]), conversations[1])
        case "inline":
            path = write(*inline)
        case _:
            path = write({"object": "list", "data": lists})

    report = await import_file(keep, path)

    assert (report.threads, report.messages, report.problems) == (2, 6, [])


async def test_import_stores_a_thread_without_messages(keep: Threadkeep, write: Write) -> None:
    await import_file(keep, write(native_conversation("one", length=0, created_at=5, meta_data={})))
    thread = await keep.thread_service.get_thread("thread_one")

    assert (thread.created_at, thread.last_active_at, thread.message_count) == (5, 5, 0)


async def test_import_reports_its_progress(keep: Threadkeep, write: Write) -> None:
    seen: list[tuple[int, int]] = []
    path = write(*(native_conversation(f"{number}") for number in range(20)))
    await import_file(keep, path, on_progress=lambda done, total: seen.append((done, total)))

    assert seen == sorted(seen)
    assert seen[-1] == (path.stat().st_size, path.stat().st_size)


async def test_short_threads_are_written_in_groups_of_bounded_bytes(
    keep: Threadkeep, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups: list[int] = []

    async def insert(_: object, parts: Collection[Part]) -> None:
        groups.append(sum(len(row["content"]) for part in parts for row in part.rows))

    monkeypatch.setattr(importer, "import_group", insert)
    conversations = [native_conversation(str(number)) for number in range(20)]
    for conversation in conversations:
        conversation["messages"][0]["content"] = "x" * 3000

    in_small_groups: Any = SimpleNamespace(runtime=replace(keep.runtime, tuning=Tuning(import_group_bytes=10_000)))
    await import_file(in_small_groups, write(*conversations))

    assert len(groups) > 5
    assert max(groups) < 10_000
