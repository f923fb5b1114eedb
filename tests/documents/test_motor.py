"""The collections are readable and writable through Motor, for services that have not migrated to PyMongo's own client."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.factories import make_messages, make_thread, make_users

if TYPE_CHECKING:
    from collections.abc import Iterator

    from threadkeep.keep import Threadkeep

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Motor warns that it is deprecated
    from motor.motor_asyncio import AsyncIOMotorClient


@pytest.fixture
def motor(mongo_url: str, database_name: str) -> Iterator[Any]:
    client: Any = AsyncIOMotorClient(mongo_url)
    yield client[database_name]
    client.close()


async def test_motor_reads_documents_of_the_services(keep: Threadkeep, motor: Any) -> None:
    ada, bob = await make_users(keep, 2)
    thread = await make_thread(keep, participant_ids=[ada.id, bob.id], meta_data={"a.b": {"$c": 1}})
    written = await make_messages(keep, thread.id, ["one", "two", "three"], sender_id=bob.id)

    user = await motor.users.find_one({"_id": ada.id})
    stored = await motor.threads.find_one({"participant_ids": bob.id})
    rows = await motor.messages.find({"thread_id": thread.id}).sort("seq").to_list(None)
    counted = await motor.messages.aggregate(
        [{"$match": {"thread_id": thread.id}}, {"$group": {"_id": "$sender_id", "count": {"$sum": 1}}}]
    ).to_list(None)

    assert user["full_name"] == "User 1"
    assert (stored["_id"], stored["meta_data"], stored["message_count"]) == (thread.id, {"a.b": {"$c": 1}}, 3)
    assert [(row["_id"], row["seq"], row["content"]) for row in rows] == [(m.id, m.seq, m.content) for m in written]
    assert counted == [{"_id": bob.id, "count": 3}]


async def test_the_services_read_changes_made_through_motor(keep: Threadkeep, motor: Any) -> None:
    thread = await make_thread(keep, "one")

    await motor.messages.update_one({"thread_id": thread.id}, {"$set": {"meta_data": {"rating": 5}}})
    [message] = await keep.message_service.list_messages(thread.id)

    assert message.meta_data == {"rating": 5}
