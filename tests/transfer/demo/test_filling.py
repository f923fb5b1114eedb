from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.transfer.demo import Demo, NotEmpty, fill

if TYPE_CHECKING:
    from threadkeep.documents import Documents
    from threadkeep.keep import Threadkeep

DEMO = Demo(120, seed=3, until=datetime(2026, 11, 22, tzinfo=UTC))


def shape(row: Any) -> dict[str, str]:
    return {name: type(value).__name__ for name, value in row.items()}


async def test_fill_writes_all_messages_and_reports_its_progress(keep: Threadkeep, documents: Documents) -> None:
    seen: list[tuple[int, int]] = []
    filled = await fill(keep, DEMO, on_progress=lambda done, total: seen.append((done, total)), batch_rows=50)

    assert (filled.messages, filled.users) == (120, 4)
    assert await documents.messages.count_documents({}) == 120
    assert await documents.threads.count_documents({}) == filled.threads
    assert [total for _, total in seen] == [120] * len(seen)
    assert [50 * number <= done <= 120 for number, (done, _) in enumerate(seen, 1)] == [True, True]


async def test_filled_threads_can_be_read_by_the_services(keep: Threadkeep) -> None:
    await fill(keep, DEMO)
    page = await keep.thread_service.find_threads(meta_data={"topic": "help"}, limit=1)
    messages = await keep.message_service.list_messages(page[0].id, limit=100)

    assert page[0].message_count == len(messages)
    assert (await keep.user_service.get_user(page[0].owner_id or "")).email_verified


async def test_fill_writes_rows_as_the_services_do(keep: Threadkeep, documents: Documents) -> None:
    await fill(keep, DEMO)
    demo = {name: await documents.database[name].find_one() for name in ("users", "threads", "messages")}
    called = await documents.messages.find_one({"role": "tool"})
    user = await keep.user_service.create_user(email="a@example.org", full_name="A", given_name="A", family_name="A")
    thread = await keep.thread_service.create_thread([user.id], meta_data={"topic": "x"})
    question = await keep.message_service.create_message(thread.id, "hello")
    answer = await keep.message_service.create_message(
        thread.id, "{}", "tool", tool_call_id="call_1", tool_id="look_up", assistant_id="a", run_id="run_1"
    )
    made = {"users": user.id, "threads": thread.id, "messages": question.id}
    stored = {name: await documents.database[name].find_one({"_id": made[name]}) for name in made}

    for name, row in demo.items():
        assert row is not None
        demo_shape = shape(row) | ({"last_message_at": "NoneType"} if name == "threads" else {})
        demo_shape.pop("imported_at", None)  # its row was stored later than its `created_at`
        service_shape = shape(stored[name]) | ({"last_message_at": "NoneType"} if name == "threads" else {})
        if name == "messages" and row["role"] == "system":
            service_shape["sender_id"] = "NoneType"
        assert demo_shape == service_shape
    result = await documents.messages.find_one({"_id": answer.id})
    written = [name for name in shape(result) if name != "anchor"]  # the second message of a thread has an anchor
    assert list(shape(called) | {"imported_at": ""}) == [*written, "imported_at"]


async def test_a_second_fill_changes_nothing(keep: Threadkeep, documents: Documents) -> None:
    await fill(keep, DEMO)
    again = await fill(keep, DEMO)

    assert (again.users, again.threads, again.messages) == (0, 0, 0)
    assert await documents.messages.count_documents({}) == 120


async def test_fill_completes_a_killed_fill(keep: Threadkeep, documents: Documents) -> None:

    def stop(done: int, _: int) -> None:
        if done > 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await fill(keep, DEMO, on_progress=stop, batch_rows=50)
    await documents.threads.delete_one({})  # killed between messages and threads

    filled = await fill(keep, DEMO)

    assert 0 < filled.messages < 120
    assert await documents.messages.count_documents({}) == 120
    assert sum([row["message_count"] async for row in documents.threads.find()]) == 120


async def test_fill_refuses_a_database_with_conversations_unless_add_is_true(keep: Threadkeep) -> None:
    await keep.thread_service.create_thread()

    with pytest.raises(NotEmpty, match="THREADKEEP_DATABASE"):
        await fill(keep, DEMO)
    assert (await fill(keep, DEMO, add=True)).messages == 120


async def test_two_seeds_can_be_filled_into_one_database(keep: Threadkeep) -> None:
    await fill(keep, DEMO)
    other = await fill(keep, Demo(100, seed=4, until=DEMO.until), add=True)

    assert (other.users, other.messages) == (4, 100)
