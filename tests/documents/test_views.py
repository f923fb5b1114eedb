from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from threadkeep import Threadkeep
    from threadkeep.documents import Documents
    from threadkeep.records import ThreadRecord, UserRecord

START = datetime(2026, 10, 5, 23, 59, 50)  # noqa: DTZ001  naive UTC, as the driver returns it


@pytest.fixture
def keep(shared_keep: Threadkeep) -> Threadkeep:
    """These tests only call services."""
    return shared_keep


@pytest.fixture
def database_name(keep: Threadkeep) -> str:
    """The database of `keep`."""
    return keep.runtime.documents.database.name


@pytest.fixture
async def ada(keep: Threadkeep) -> UserRecord:
    return await keep.user_service.create_user(full_name="Ada")


@pytest.fixture
async def thread(keep: Threadkeep, documents: Documents, ada: UserRecord) -> ThreadRecord:
    """A conversation across midnight, with one message every 4 seconds."""
    thread = await keep.thread_service.create_thread(
        [ada.id],
        messages=[
            {"role": "system", "content": "Be brief."},
            {"content": "Wie weht der Wind?"},
            {"role": "assistant", "assistant_id": "asst_1", "tool_calls": [{"id": "c1", "function": {"name": "wind"}}]},
            {"role": "tool", "tool_call_id": "c1", "content": "12 kn"},
            {"role": "assistant", "assistant_id": "asst_2", "content": "Zwölf Knoten ⛵"},
            {"content": "Danke"},
        ],
    )
    async for row in documents.messages.find({"thread_id": thread.id}):
        created_at = START + timedelta(seconds=4 * (row["seq"] - 1))
        await documents.messages.update_one({"_id": row["_id"]}, {"$set": {"created_at": created_at}})
    await documents.threads.update_one({"_id": thread.id}, {"$set": {"created_at": START - timedelta(hours=1)}})
    return thread


async def rows_of(documents: Documents, view: str, **wanted: Any) -> list[dict[str, Any]]:
    return await documents.database[view].find(wanted).to_list()


async def columns(documents: Documents, view: str, *names: str) -> list[tuple[Any, ...]]:
    rows = await rows_of(documents, view)
    rows.sort(key=lambda row: row["seq" if "seq" in row else "day"])
    return [tuple(row[name] for name in names) for row in rows]


async def test_messages_flat_has_the_turn_and_the_answered_message(documents: Documents, thread: ThreadRecord) -> None:
    found = await columns(documents, "messages_flat", "seq", "role", "turn", "answer_seconds")

    assert found == [
        (1, "system", 0, None),
        (2, "user", 1, None),
        (3, "assistant", 1, 4.0),
        (4, "tool", 1, 8.0),
        (5, "assistant", 1, 12.0),
        (6, "user", 2, None),
    ]
    questions = {row["seq"]: row["message_id"] for row in await rows_of(documents, "messages_flat", role="user")}
    answers = await rows_of(documents, "messages_flat", role="assistant", thread_id=thread.id)
    assert {row["answers_message_id"] for row in answers} == {questions[2]}


async def test_messages_flat_has_no_nested_columns(documents: Documents, thread: ThreadRecord, ada: UserRecord) -> None:
    (called, answered) = await rows_of(documents, "messages_flat", role="assistant")

    assert (called["tool_calls"], called["characters"], called["assistant_id"]) == (1, 0, "asst_1")
    assert (answered["tool_calls"], answered["characters"], answered["content"]) == (0, 14, "Zwölf Knoten ⛵")
    assert {row["owner_id"] for row in (called, answered)} == {ada.id}
    assert {row["thread_id"] for row in (called, answered)} == {thread.id}
    assert not any(isinstance(value, (dict, list)) for value in answered.values())


async def test_messages_flat_marks_an_edited_message(
    keep: Threadkeep, documents: Documents, thread: ThreadRecord
) -> None:
    await keep.message_service.update_message((await keep.message_service.list_messages(thread.id))[1].id, content="?")

    assert await columns(documents, "messages_flat", "edited") == [(number == 1,) for number in range(6)]


async def test_threads_flat_summarizes_the_messages_of_a_thread(
    documents: Documents, thread: ThreadRecord, ada: UserRecord
) -> None:
    (row,) = await rows_of(documents, "threads_flat")

    assert row == {
        "thread_id": thread.id,
        "owner_id": ada.id,
        "participants": ada.id,
        "participant_count": 1,
        "assistants": "asst_1, asst_2",
        "first_question": "Wie weht der Wind?",
        "message_count": 6,
        "turns": 2,
        "tool_calls": 1,
        "unanswered": True,
        "duration_seconds": 20.0,
        "created_at": START - timedelta(hours=1),
        "updated_at": row["updated_at"],
        "first_message_at": START,
        "last_message_at": row["last_message_at"],
        "last_active_at": row["last_active_at"],
        "title": None,
        "archived": False,
        "pinned": False,
        "labels": "",
    }


async def test_threads_flat_has_threads_without_messages(keep: Threadkeep, documents: Documents) -> None:
    users = [await keep.user_service.create_user() for _ in range(2)]
    await keep.thread_service.create_thread([user.id for user in users])

    (row,) = await rows_of(documents, "threads_flat")

    assert (row["turns"], row["unanswered"], row["duration_seconds"]) == (0, False, None)
    assert (row["participant_count"], row["participants"]) == (2, ", ".join(user.id for user in users))
    assert (row["first_question"], row["assistants"]) == (None, "")
    assert await columns(documents, "daily_activity", "messages", "active_threads", "new_threads") == [(0, 0, 1)]


@pytest.mark.usefixtures("thread")
async def test_a_day_of_daily_activity_begins_at_midnight_utc(documents: Documents) -> None:
    found = await columns(
        documents,
        "daily_activity",
        *("day", "messages", "user_messages", "assistant_messages", "tool_messages"),
        *("active_users", "active_threads", "new_threads"),
    )

    assert found == [
        (datetime(2026, 10, 5), 3, 1, 1, 0, 1, 1, 1),  # noqa: DTZ001  as the driver returns it
        (datetime(2026, 10, 6), 3, 1, 1, 1, 1, 1, 0),  # noqa: DTZ001
    ]


async def test_the_views_leave_out_a_deleted_message(
    keep: Threadkeep, documents: Documents, thread: ThreadRecord
) -> None:
    await keep.message_service.delete_message((await keep.message_service.list_messages(thread.id))[1].id)

    assert await columns(documents, "messages_flat", "seq", "turn", "answer_seconds") == [
        (1, 0, None),
        (3, 0, None),
        (4, 0, None),
        (5, 0, None),
        (6, 1, None),
    ]
    assert [row["first_question"] for row in await rows_of(documents, "threads_flat")] == ["Danke"]


async def test_the_views_leave_out_a_thread_marked_as_deleted(documents: Documents, thread: ThreadRecord) -> None:
    """The mark alone hides the thread and its messages, before the purge."""
    await documents.threads.update_one({"_id": thread.id}, {"$set": {"deleted_at": START}})

    for view in ("messages_flat", "threads_flat", "daily_activity"):
        assert await rows_of(documents, view) == []


async def test_the_views_leave_out_a_message_without_a_thread(documents: Documents, thread: ThreadRecord) -> None:
    await documents.threads.delete_one({"_id": thread.id})

    for view in ("messages_flat", "threads_flat", "daily_activity"):
        assert await rows_of(documents, view) == []


async def test_the_views_leave_out_an_unfinished_batch(documents: Documents, thread: ThreadRecord) -> None:
    mark = {"batch": {"id": "batch_1", "end": 6}}
    await documents.messages.update_many({"thread_id": thread.id, "seq": {"$gt": 4}}, {"$set": mark})

    assert [seq for (seq,) in await columns(documents, "messages_flat", "seq")] == [1, 2, 3, 4]


async def test_daily_activity_does_not_count_erased_users_as_active(keep: Threadkeep, documents: Documents) -> None:
    ada, bob = [await keep.user_service.create_user() for _ in range(2)]
    thread = await keep.thread_service.create_thread([ada.id, bob.id], owner_id=ada.id)
    for user in (ada, bob):
        await keep.message_service.create_message(thread.id, "hello", sender_id=user.id)
    await keep.user_service.delete_user(bob.id)

    assert await columns(documents, "daily_activity", "user_messages", "active_users") == [(2, 1)]
