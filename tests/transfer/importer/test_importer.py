from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.transfer.conversations import said_conversation
from threadkeep.transfer import import_file

if TYPE_CHECKING:
    from threadkeep.documents import Documents
    from threadkeep.keep import Threadkeep
    from threadkeep.tests.transfer.conftest import Write

ROOT = Path(__file__).parents[3]
OWN = ROOT / "tests/data/conversation.json"
RECORDED = ROOT.parent / "shared/data/conversation.json"
SAID = {path.parents[1].name: (path, json.loads(path.read_text())) for path in (OWN, RECORDED) if path.exists()}


def texts(messages: list[Any]) -> list[str]:
    return [message["content"] for message in messages]


@pytest.mark.parametrize("origin", SAID)
async def test_import_keeps_every_field_of_every_message(keep: Threadkeep, origin: str) -> None:
    path, said = SAID[origin]

    report = await import_file(keep, path)
    thread = await keep.thread_service.get_thread(said["thread"]["id"])
    messages = await keep.message_service.list_messages(thread.id, limit=100)

    assert (report.threads, report.messages, report.problems) == (1, len(said["messages"]), [])
    assert [{name: message[name] for name in was} for message, was in zip(messages, said["messages"], strict=True)] == (
        said["messages"]
    )
    assert [message.seq for message in messages] == [*range(1, len(messages) + 1)]
    assert thread.object == said["thread"]["object"]


async def test_import_derives_the_summary_of_the_thread(keep: Threadkeep) -> None:
    await import_file(keep, OWN)
    thread = await keep.thread_service.get_thread("thread_3nQmWd8RkZyV5tBxLs7HcA")

    assert (thread.created_at, thread.last_message_at, thread.last_active_at) == (1767607200, 1767693600, 1767693600)
    assert (thread.message_count, thread.last_seq) == (20, 20)
    assert thread.owner_id == "user_Kx2VbQ7mZr9LwTn4YcHd0P"
    assert thread.participant_ids == ["user_Kx2VbQ7mZr9LwTn4YcHd0P", "user_Ja8sRf3Gu6Wq1EoXi5NtBv"]


async def test_import_makes_tool_calls_queryable(keep: Threadkeep, documents: Documents) -> None:
    await import_file(keep, OWN)

    pipeline = [{"$unwind": "$tool_calls"}, {"$sortByCount": "$tool_calls.function.name"}]
    called = [row["_id"] async for row in await documents.messages.aggregate(pipeline)]

    assert sorted(called) == ["find_berths", "price", "wind_forecast"]


async def test_import_makes_missing_users_and_leaves_the_others_alone(keep: Threadkeep, write: Write) -> None:
    await import_file(keep, write(said_conversation("one", participant_ids=["user_ada"])))
    await keep.user_service.update_user("user_ada", full_name="Ada")

    report = await import_file(keep, write(said_conversation("two", participant_ids=["user_ada", "user_bob"])))

    assert report.users == 1
    assert (await keep.user_service.get_user("user_ada")).full_name == "Ada"
    assert await keep.thread_service.list_threads("user_bob") == ["thread_two"]


async def test_import_writes_rows_as_the_services_do(keep: Threadkeep, documents: Documents, write: Write) -> None:
    user = await keep.user_service.create_user()
    thread = await keep.thread_service.create_thread([user.id])
    await keep.message_service.create_message(thread.id, "hello")
    await import_file(keep, write(said_conversation("one", length=1)))

    for collection in ("users", "threads", "messages"):
        ours, imported = await documents.database[collection].find().sort("created_at", -1).to_list()
        if collection == "users":
            ours, imported = imported, ours
        imported.pop("imported_at", None)  # what only an import says
        assert [(name, type(value)) for name, value in imported.items()] == [
            (name, type(value)) for name, value in ours.items()
        ]


async def test_import_again_changes_nothing_and_says_so(keep: Threadkeep, documents: Documents, write: Write) -> None:
    path = write(said_conversation("one"), said_conversation("two"))
    await import_file(keep, path)
    before = [await documents.database[name].find().to_list() for name in ("users", "threads", "messages")]

    report = await import_file(keep, path)

    assert (report.threads, report.messages, report.users) == (0, 0, 0)
    assert (report.threads_present, report.messages_present, report.problems) == (2, 6, [])
    assert before == [await documents.database[name].find().to_list() for name in ("users", "threads", "messages")]


async def test_import_again_is_no_conflict_where_the_thread_went_on(keep: Threadkeep, write: Write) -> None:
    path = write(said_conversation("one"))
    await import_file(keep, path)
    await keep.message_service.create_message("thread_one", "and another thing")

    report = await import_file(keep, path)

    assert (report.threads_present, report.problems) == (1, [])


async def test_import_names_a_thread_that_is_there_with_other_messages(keep: Threadkeep, write: Write) -> None:
    await import_file(keep, write(said_conversation("one")))
    other = said_conversation("one")
    other["messages"][1]["content"] = "something else"

    report = await import_file(keep, write(said_conversation("two"), other))

    assert report.threads == 1
    assert [str(problem) for problem in report.problems] == [
        "line 2, thread: thread 'thread_one' is there already, but message 'message_one_2' has another content there"
    ]
    assert texts(await keep.message_service.list_messages("thread_one")) == ["number 1", "number 2", "number 3"]


async def test_import_does_not_bring_back_a_message_that_was_deleted(keep: Threadkeep, write: Write) -> None:
    path = write(said_conversation("one"))
    await import_file(keep, path)
    await keep.message_service.delete_message("message_one_2")

    report = await import_file(keep, path)

    assert [problem.reason for problem in report.problems] == [
        "thread 'thread_one' is there already, but message 'message_one_2' was deleted from it"
    ]


async def test_import_leaves_out_a_thread_whose_message_id_another_thread_has(
    keep: Threadkeep, documents: Documents, write: Write
) -> None:
    thief = said_conversation("thief")
    thief["messages"][2]["id"] = "message_one_1"

    report = await import_file(keep, write(said_conversation("one"), thief, said_conversation("two")))

    assert [(problem.thread_id, problem.reason) for problem in report.problems] == [
        ("thread_thief", "The id 'message_one_1' is taken.")
    ]
    assert (report.threads, report.messages) == (2, 6)
    assert await documents.messages.count_documents({"thread_id": "thread_thief"}) == 0
    assert await documents.threads.find_one({"_id": "thread_thief"}) is None


async def test_import_takes_the_same_thread_twice_in_a_file_once(keep: Threadkeep, write: Write) -> None:
    report = await import_file(keep, write(said_conversation("one"), said_conversation("one")))

    assert (report.threads, report.threads_present, report.problems) == (1, 1, [])


async def test_import_refuses_participants_that_cannot_be_made_users(keep: Threadkeep, write: Write) -> None:
    report = await import_file(keep, write(said_conversation("one", participant_ids=["user_ada", "somebody"])))

    assert "no such user: somebody" in report.problems[0].reason
    assert report.threads == 0


async def test_import_gives_threads_of_nobody_to_the_owner_that_is_named(keep: Threadkeep, write: Write) -> None:
    conversation = said_conversation("one")
    for message in conversation["messages"]:
        del message["sender_id"]

    await import_file(keep, write(conversation), owner_id="user_bob")

    assert (await keep.thread_service.get_thread("thread_one")).owner_id == "user_bob"
    assert {message.sender_id for message in await keep.message_service.list_messages("thread_one")} == {"user_bob"}


async def test_import_derives_the_same_ids_again_where_a_file_has_none(keep: Threadkeep, write: Write) -> None:
    path = write({"thread": {"id": "thread_one"}, "messages": [{"role": "user", "content": "x", "created_at": 1}]})
    await import_file(keep, path)

    report = await import_file(keep, path)

    assert (report.threads_present, report.problems) == (1, [])


@pytest.mark.parametrize("shape", ["lines", "list", "pretty", "gzip", "bom", "inline", "envelopes"])
async def test_import_reads_every_shape_of_file(keep: Threadkeep, write: Write, shape: str) -> None:
    conversations = [said_conversation("one"), said_conversation("two")]
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


async def test_import_takes_a_thread_without_messages(keep: Threadkeep, write: Write) -> None:
    await import_file(keep, write(said_conversation("one", length=0, created_at=5, meta_data={})))
    thread = await keep.thread_service.get_thread("thread_one")

    assert (thread.created_at, thread.last_active_at, thread.message_count) == (5, 5, 0)


async def test_import_tells_how_far_it_is(keep: Threadkeep, write: Write) -> None:
    seen: list[tuple[int, int]] = []
    path = write(*(said_conversation(f"{number}") for number in range(20)))
    await import_file(keep, path, on_progress=lambda done, total: seen.append((done, total)))

    assert seen == sorted(seen)
    assert seen[-1] == (path.stat().st_size, path.stat().st_size)
