"""The erasure of a user works on a bounded part of the data at once, even if the user wrote very much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pymongo import AsyncMongoClient

from threadkeep.documents import ANONYMOUS
from threadkeep.keep import Threadkeep
from threadkeep.testing import mongomock_client
from threadkeep.tests.commands import Commands

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pymongo import monitoring

KIB = 1024
MOST_BYTES = 5 * 1024 * KIB


class Changes(Commands):
    """Listener that collects how many documents each update and deletion changed."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: list[int] = []

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        if event.command_name in ("update", "delete"):
            self.counts.append(event.reply["n"])


@pytest.fixture
def changes() -> Changes:
    return Changes()


@pytest.fixture
async def keep(mongo_url: str, emptied_database_name: str, changes: Changes) -> AsyncIterator[Threadkeep]:
    async with (
        AsyncMongoClient[dict[str, Any]](mongo_url, event_listeners=[changes]) as client,
        Threadkeep(client, database=emptied_database_name, sweep_seconds=None) as keep,
    ):
        yield keep


async def is_embedded(keep: Threadkeep) -> bool:
    return "secantus" in str(await keep.runtime.documents.database.client.admin.command("buildInfo")).lower()


async def copy(collection: Any, row: dict[str, Any], count: int, **fields: Any) -> None:
    """Store copies of a row, with these fields and other ids and numbers."""
    for number in range(count):
        numbered = {"seq": number + 2} if "seq" in row else {}
        await collection.insert_one({**row, "_id": f"{row['_id']}{number:03}", **numbered, **fields})


async def store_much(keep: Threadkeep, size: int, count: int) -> tuple[str, str]:
    """A user with `count` own threads, threads of another user, messages there, and drafts. Returns both user ids."""
    ada, other = await keep.user_service.create_user(), await keep.user_service.create_user()
    documents = keep.runtime.documents
    own = await keep.thread_service.create_thread([ada.id])
    shared = await keep.thread_service.create_thread([other.id, ada.id])
    message = await keep.message_service.create_message(shared.id, "x", sender_id=ada.id)
    await keep.message_service.append_chunk(shared.id, "x", sender_id=ada.id, is_last=False)
    text = "x" * size
    for collection, found, fields in (
        (documents.threads, {"_id": own.id}, {"tool_resources": {"a": text}}),
        (documents.threads, {"_id": shared.id}, {"tool_resources": {"a": text}}),
        (documents.messages, {"_id": message.id}, {"content": text}),
        (documents.drafts.get_pymongo_collection(), {"sender_id": ada.id}, {"chunks": [text]}),
    ):
        row: Any = await collection.find_one(found)
        await copy(collection, row, count, **fields)
    return ada.id, other.id


@pytest.mark.slow
async def test_an_erasure_changes_a_bounded_part_at_once(keep: Threadkeep, changes: Changes) -> None:
    if not await is_embedded(keep):
        pytest.skip("only the embedded server loads what a command changes")
    ada, _ = await store_much(keep, 500 * KIB, 20)
    changes.counts.clear()

    erased = await keep.user_service.delete_user(ada)

    assert (erased.threads_deleted, erased.threads_left, erased.messages_anonymised) == (21, 21, 21)
    assert max(changes.counts) <= MOST_BYTES // (500 * KIB)


@pytest.mark.slow
@pytest.mark.parametrize("in_memory", [False, True], ids=["server", "memory"])
async def test_an_erasure_in_parts_leaves_nothing(keep: Threadkeep, in_memory: Any) -> None:
    if not in_memory:
        await assert_erasure_leaves_nothing(keep)
        return
    async with Threadkeep(mongomock_client(), sweep_seconds=None) as other:
        await assert_erasure_leaves_nothing(other)


async def assert_erasure_leaves_nothing(keep: Threadkeep) -> None:
    documents = keep.runtime.documents
    ada, other = await store_much(keep, 1, 5)

    erased = await keep.user_service.delete_user(ada)

    assert (erased.threads_deleted, erased.threads_left, erased.messages_anonymised) == (6, 6, 6)
    assert await documents.messages.count_documents({"sender_id": ANONYMOUS, "revision": 2}) == 6
    assert await documents.threads.count_documents({"participant_ids": [other]}) == 6
    for name in await documents.database.list_collection_names():
        async for row in documents.database[name].find():
            assert ada not in str(row), name


async def test_a_part_holds_only_documents_that_match(keep: Threadkeep) -> None:
    if not await is_embedded(keep):
        pytest.skip("other servers ignore the comment")
    messages = keep.runtime.documents.messages
    thread = await keep.thread_service.create_thread()
    first = await keep.message_service.create_message(thread.id, "x" * 10 * KIB, role="assistant")
    row: Any = await messages.find_one({"_id": first.id})
    await copy(messages, row, 20)
    part: dict[str, Any] = {"comment": {"part_bytes": 25 * KIB}}
    late = {"thread_id": thread.id, "seq": {"$gt": 18}, "role": "assistant"}

    found = await messages.find(late, **part).to_list()
    changed = await messages.update_many(late, {"$set": {"role": "tool"}}, **part)
    again = await messages.update_many(late, {"$set": {"role": "tool"}}, **part)

    assert [row["seq"] for row in found] == [19, 20, 21]
    assert (changed.matched_count, again.matched_count) == (3, 0)
    assert (await messages.delete_many({"thread_id": thread.id}, **part)).deleted_count == 3
    assert await messages.count_documents({}) == 18
