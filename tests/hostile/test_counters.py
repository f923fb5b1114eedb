"""Counters at the largest value that a collection allows: a write is refused clearly, and leaving and erasing still work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.documents import NEWEST
from threadkeep.errors import NoNumberLeft
from threadkeep.services.maintenance import Sweeper
from threadkeep.tests.routers.callers import Caller, answered

if TYPE_CHECKING:
    import httpx2

    from threadkeep.keep import Threadkeep
    from threadkeep.records import MessageRecord, ThreadRecord, UserRecord
    from threadkeep.tests.live_server import LiveServer

LARGEST = NEWEST - 1
BEYOND = 2**63 - 1
"""A value that older versions let other programs write."""
each_value = pytest.mark.parametrize("value", [LARGEST, BEYOND])


@pytest.fixture
def database_name(emptied_database_name: str) -> str:
    return emptied_database_name


async def conversation(keep: Threadkeep) -> tuple[UserRecord, ThreadRecord, MessageRecord]:
    """Store two users, the second of them in the thread of the first one, with a message of the second one."""
    owner, guest = [await keep.user_service.create_user() for _ in range(2)]
    thread = await keep.thread_service.create_thread([owner.id, guest.id])
    return guest, thread, await keep.message_service.create_message(thread.id, "x", sender_id=guest.id)


async def store(keep: Threadkeep, collection: str, object_id: str, **fields: int) -> None:
    """Change a document as another program may, or as an older version did."""
    found = await keep.runtime.documents.database[collection].update_one(
        {"_id": object_id}, {"$set": fields}, bypass_document_validation=True
    )
    assert found.matched_count == 1
    keep.runtime.appender.forget(object_id)


def requests_to(thread_id: str, message_id: str) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """The requests of both APIs that need a next number or a next revision."""
    native, openai = f"/v1/threads/{thread_id}", f"/openai/v1/threads/{thread_id}"
    item = {"type": "message", "role": "system", "content": "x"}
    chunk = {"thread_id": thread_id, "content": "x", "assistant_id": "a", "sender_id": "s", "is_last_chunk": True}
    return {
        "append": ("POST", f"{native}/messages", {"content": "x", "role": "assistant"}),
        "append a batch": ("POST", f"{native}/messages", {"messages": [{"role": "tool"}, {"role": "system"}]}),
        "append the last chunk": ("POST", "/v1/messages/assistant", chunk),
        "append by OpenAI": ("POST", f"{openai}/messages", {"role": "assistant", "content": "x"}),
        "append an item": ("POST", f"/openai/v1/conversations/{thread_id}/items", {"items": [item]}),
        "change": ("PUT", native, {"meta_data": {"a": 1}}),
        "replace metadata": ("PUT", f"{native}/metadata", {"a": 1}),
        "change by OpenAI": ("POST", openai, {"metadata": {"a": "1"}}),
        "change a conversation": ("POST", f"/openai/v1/conversations/{thread_id}", {"metadata": {"a": "1"}}),
        "change a message": ("PUT", f"{native}/messages/{message_id}", {"content": "y"}),
        "change a message by OpenAI": ("POST", f"{openai}/messages/{message_id}", {"metadata": {"a": "1"}}),
    }


@each_value
def test_requests_that_need_a_larger_number_are_refused_by_both_apis(
    http: httpx2.Client, live_server: LiveServer, value: int
) -> None:
    admin = Caller(http, live_server.admin_key)
    begun = {"messages": [{"role": "assistant", "content": "x"}]}
    thread = answered(admin.post("/openai/v1/threads", begun))  # no process knows its newest number
    (message,) = live_server.database["messages"].find()
    fields = {"threads": {"last_seq": value, "revision": value}, "messages": {"revision": value}}
    for name, changed in fields.items():
        live_server.database[name].update_many({}, {"$set": changed}, bypass_document_validation=True)

    for name, (method, path, body) in requests_to(thread["id"], message["_id"]).items():
        response = admin.send(method, path, json=body)
        assert response.status_code == 409, (name, response.text)
        assert "9,007,199,254,740,991" in response.text
        retried = admin.send(method, path, json=body, headers={"idempotency-key": f"{name} {value}"})
        assert retried.status_code == 409, (name, retried.text)
    assert live_server.database["messages"].count_documents({}) == 1


async def test_a_thread_without_a_next_number_is_read_and_deleted_as_any_other(keep: Threadkeep) -> None:
    _, thread, message = await conversation(keep)
    await store(keep, "threads", thread.id, last_seq=LARGEST)

    with pytest.raises(NoNumberLeft, match="newest message of thread"):
        await keep.message_service.create_message(thread.id, "y", role="assistant")
    with pytest.raises(NoNumberLeft):
        await keep.message_service.create_messages(thread.id, [{"role": "tool"}] * 3)
    assert [one.id for one in await keep.message_service.list_messages(thread.id)] == [message.id]
    await keep.thread_service.delete_thread(thread.id)
    await Sweeper(keep.runtime.documents, keep.runtime.appender.sequencer, every_seconds=1).sweep()
    assert await keep.runtime.documents.messages.count_documents({}) == 0


async def test_the_last_numbers_are_given_and_their_retries_are_answered(keep: Threadkeep) -> None:
    _, thread, _ = await conversation(keep)
    await store(keep, "threads", thread.id, last_seq=LARGEST - 3)
    sent: dict[str, Any] = {"role": "assistant", "client_id": "a"}

    messages = [await keep.message_service.create_message(thread.id, "y", **sent)]
    batch: list[Any] = [{"role": "tool", "client_id": name} for name in "bc"]
    with pytest.raises(NoNumberLeft):
        await keep.message_service.create_messages(thread.id, [*batch, {"role": "tool"}])
    messages += await keep.message_service.create_messages(thread.id, batch)

    assert [message.seq for message in messages] == [LARGEST - 2, LARGEST - 1, LARGEST]
    assert await keep.message_service.create_message(thread.id, "y", **sent) == messages[0]
    assert await keep.message_service.create_messages(thread.id, batch) == messages[1:]
    with pytest.raises(NoNumberLeft):
        await keep.message_service.create_message(thread.id, "z", role="assistant", expected_seq=LARGEST)
    thread = await keep.thread_service.get_thread(thread.id)
    assert (thread.last_seq, thread.message_count) == (LARGEST, LARGEST)


@each_value
async def test_a_user_leaves_and_is_erased_although_revisions_cannot_grow(keep: Threadkeep, value: int) -> None:
    guest, thread, message = await conversation(keep)
    await store(keep, "threads", thread.id, revision=value)
    await store(keep, "messages", message.id, revision=value)

    with pytest.raises(NoNumberLeft, match="The revision of thread"):
        await keep.thread_service.update_thread(thread.id, meta_data={"a": 1})
    with pytest.raises(NoNumberLeft, match="The revision of message"):
        await keep.message_service.update_message(message.id, content="y")
    await keep.thread_service.remove_participant(thread.id, guest.id)
    assert guest.id not in (await keep.thread_service.get_thread(thread.id)).participant_ids
    await store(keep, "threads", thread.id, revision=value)
    await keep.user_service.delete_user(guest.id)
    assert (await keep.message_service.get_message(message.id)).sender_id == "deleted_user"


@pytest.mark.slow
async def test_messages_are_deleted_although_counters_cannot_grow(keep: Threadkeep) -> None:
    _, thread, first = await conversation(keep)
    second = await keep.message_service.create_message(thread.id, "y", role="assistant")
    await store(keep, "threads", thread.id, deleted_count=LARGEST)
    await store(keep, "messages", first.id, revision=LARGEST)

    await keep.message_service.delete_message(first.id, expected_revision=LARGEST)
    await keep.message_service.delete_message(second.id)

    assert await keep.message_service.list_messages(thread.id) == []
    assert (await keep.thread_service.get_thread(thread.id)).message_count == 2 - LARGEST
    assert await keep.runtime.documents.deleted_messages.count_documents({"unfinished": True}) == 0
    await store(keep, "deleted_messages", first.id, number=BEYOND)
    await keep.thread_service.delete_thread(thread.id)
    assert await keep.runtime.documents.deleted_messages.count_documents({}) == 0


@pytest.mark.slow
@pytest.mark.parametrize("value", [LARGEST, 2**53, BEYOND, -5, 2.0**60])
@pytest.mark.parametrize("field", ["last_seq", "deleted_count", "message_count", "revision"])
async def test_a_thread_with_any_counter_is_deleted(keep: Threadkeep, field: str, value: int) -> None:
    _, thread, message = await conversation(keep)
    documents = keep.runtime.documents
    row: Any = await documents.messages.find_one({"_id": message.id})
    beyond: Any = {**row, "_id": "message_beyond", "seq": BEYOND}
    await documents.messages.insert_one(beyond, bypass_document_validation=True)
    await store(keep, "threads", thread.id, **{field: value})

    await keep.thread_service.delete_thread(thread.id)
    assert await keep.thread_service.find_threads() == []
    await Sweeper(documents, keep.runtime.appender.sequencer, every_seconds=1).sweep()

    assert await documents.threads.count_documents({}) == 0
    assert await documents.messages.count_documents({}) == 0


@pytest.mark.parametrize("field", ["last_seq", "revision"])
async def test_an_owner_of_a_thread_with_any_counter_is_erased(keep: Threadkeep, field: str) -> None:
    _, thread, _ = await conversation(keep)
    await store(keep, "threads", thread.id, **{field: BEYOND})

    await keep.user_service.delete_user(str(thread.owner_id))

    assert await keep.runtime.documents.threads.count_documents({}) == 0
    assert await keep.runtime.documents.users.count() == 1


def test_an_etag_with_the_largest_numbers_is_accepted(http: httpx2.Client, live_server: LiveServer) -> None:
    admin = Caller(http, live_server.admin_key)
    thread = admin.new_thread()
    counters = {"last_seq": LARGEST, "revision": LARGEST}
    live_server.database["threads"].update_one({"_id": thread["id"]}, {"$set": counters})
    etag = admin.get(f"/v1/threads/{thread['id']}").headers["etag"]

    assert admin.delete(f"/v1/threads/{thread['id']}", if_match=etag).is_success
