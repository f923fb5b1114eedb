"""A write that would make a document larger than MongoDB allows is refused before it reaches MongoDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import TooLarge
from threadkeep.keep import Threadkeep
from threadkeep.services.database.document_size import LARGEST_DOCUMENT_BYTES, find_one_and_grow
from threadkeep.settings import Limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pymongo import AsyncMongoClient

MIB = 2**20
LARGEST = Limits(max_message_bytes=14 * MIB, max_metadata_bytes=MIB, max_message_elements=2000)


@pytest.fixture
async def large(mongo_client: AsyncMongoClient[Any], emptied_database_name: str) -> AsyncIterator[Threadkeep]:
    """A Threadkeep with the largest limits."""
    options: dict[str, Any] = {"database": emptied_database_name, "sweep_seconds": None, "limits": LARGEST}
    async with Threadkeep(mongo_client, **options) as keep:
        yield keep


@pytest.mark.slow
async def test_an_update_that_makes_a_message_too_large_is_refused(large: Threadkeep) -> None:
    messages = large.message_service
    thread = await large.thread_service.create_thread()
    message = await messages.create_message(thread.id, "x", attachments=[{"a": "x" * (9 * MIB)}])

    for changes in ({"content": "x" * (8 * MIB)}, {"content": [{"type": "text", "text": "x" * (4 * MIB)}]}):
        with pytest.raises(TooLarge, match="message: larger than the limit"):
            await messages.update_message(message.id, **changes)

    assert (await messages.get_message(message.id)).content == "x"


@pytest.mark.slow
async def test_an_update_is_refused_if_another_writer_made_the_message_large(large: Threadkeep) -> None:
    thread = await large.thread_service.create_thread()
    message = await large.message_service.create_message(thread.id, "x" * (13 * MIB))
    rows: Any = large.runtime.documents.messages
    update = {"$set": {"attachments": [{"a": "x" * (4 * MIB)}]}}
    stale = {"_id": message.id, "content": "x"}

    with pytest.raises(TooLarge):
        await find_one_and_grow(rows, {"_id": message.id}, update, row=stale, field="message")


@pytest.mark.slow
async def test_chunks_that_make_a_draft_too_large_are_refused_and_removed(large: Threadkeep) -> None:
    messages = large.message_service
    thread = await large.thread_service.create_thread()
    await messages.append_chunk(thread.id, "x" * (13 * MIB), is_last=False)

    with pytest.raises(TooLarge, match="14,680,064 bytes"):
        await messages.append_chunk(thread.id, "x" * (5 * MIB), is_last=False)

    whole = await messages.append_chunk(thread.id, "end", is_last=True)
    assert whole is not None
    assert whole.content == "end"


async def test_a_message_has_a_limited_number_of_chunks(large: Threadkeep) -> None:
    thread = await large.thread_service.create_thread()
    await large.message_service.append_chunk(thread.id, "", is_last=False)
    drafts: Any = large.runtime.documents.drafts.get_pymongo_collection()
    await drafts.update_many({}, {"$set": {"chunks": [""] * 2000}})

    with pytest.raises(TooLarge, match="2,000 chunks"):
        await large.message_service.append_chunk(thread.id, "", is_last=False)


@pytest.mark.slow
async def test_a_stored_document_leaves_room_for_an_erasure(large: Threadkeep) -> None:
    thread = await large.thread_service.create_thread()
    room = LARGEST_DOCUMENT_BYTES - 14 * MIB - 2000
    attachments = [{"a": "x" * (14 * MIB - 100)}]
    message = await large.message_service.create_message(
        thread.id, "", attachments=attachments, sender_id="u", run_id="r"
    )
    rows: Any = large.runtime.documents.messages

    await rows.update_one({"_id": message.id}, {"$set": {"tool_id": "x" * room, "sender_id": "deleted_user"}})

    assert (await rows.find_one({"_id": message.id}, {"sender_id": 1}))["sender_id"] == "deleted_user"
    assert LARGEST_DOCUMENT_BYTES <= 16 * MIB - 64 * 1024
