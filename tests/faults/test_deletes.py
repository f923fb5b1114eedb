"""Deletions of long threads answer at once, purge in small steps, and are completed after a kill."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from threadkeep.inputs import NewMessage
from threadkeep.services.appends.rows import message_row
from threadkeep.tests.faults.load import note
from threadkeep.tests.faults.processes import ADMIN_KEY
from threadkeep.tests.waiting import until

if TYPE_CHECKING:
    from pymongo import MongoClient
    from pymongo.database import Database

    from threadkeep.tests.faults.processes import Serve

LONG = [pytest.mark.chaos, pytest.mark.timeout(0)]
LENGTHS = [
    pytest.param(1_050, id="1,050 messages", marks=pytest.mark.slow),
    pytest.param(20_000, id="20,000 messages", marks=LONG),
    pytest.param(100_000, id="100,000 messages", marks=LONG),
]


def lengthen(database: Database[dict[str, Any]], thread_id: str, length: int) -> None:
    """Store messages directly in the database, which is faster than through the service."""
    template: Any = message_row(thread_id, NewMessage(content="x" * 200), None)
    for start in range(0, length, 5_000):
        numbers = range(start + 1, min(start + 5_000, length) + 1)
        rows = [{**template, "_id": f"message_{n:022}", "seq": n} for n in numbers]
        database.messages.insert_many(rows, bypass_document_validation=True)
    summary = {"last_seq": length, "message_count": length}
    database.threads.update_one({"_id": thread_id}, {"$set": summary})


def has_message(database: Database[dict[str, Any]], thread_id: str, seq: Any) -> bool:
    """Return whether a message of the thread has this number, or one in this range."""
    return database.messages.find_one({"thread_id": thread_id, "seq": seq}) is not None


def figures(before: list[float], during: list[float]) -> dict[str, float]:
    """Return the seconds of appends to another thread before the deletion, and during it."""
    median_before, median_during = (sorted(took)[len(took) // 2] for took in (before, during))
    return {"median_before": median_before, "median_during": median_during, "slowest_during": max(during)}


@pytest.mark.parametrize("length", LENGTHS)
async def test_a_deletion_of_a_long_thread_answers_at_once_and_is_completed_after_a_kill(
    serve: Serve, mongo: MongoClient[dict[str, Any]], mongo_url: str, database_name: str, length: int
) -> None:
    headers = {"authorization": f"Bearer {ADMIN_KEY}"}
    database = mongo[database_name]
    with serve(mongo_url, database=database_name, sweep_seconds=0.2, database_timeout_seconds=20) as service:
        async with httpx2.AsyncClient(base_url=service.url, headers=headers, timeout=30) as client:
            long, other = [(await client.post("/v1/threads", json={})).json()["id"] for _ in range(2)]
            await asyncio.to_thread(lengthen, database, long, length)
            before = await latencies(client, other, lambda: False, at_most=20)

            began = time.monotonic()
            deleted = await client.delete(f"/v1/threads/{long}")
            answered = time.monotonic() - began
            left = has_message(database, long, length)

            def is_purged() -> bool:
                # With any other range, the embedded server reads the whole thread.
                return not has_message(database, long, {"$gte": length, "$lte": length + 1})

            during = await latencies(client, other, lambda: not has_message(database, long, length // 4))
            await asyncio.to_thread(service.kill)
            left_by_kill = has_message(database, long, length)
            late: Any = message_row(long, NewMessage(content="too late"), None)
            database.messages.insert_one({**late, "seq": length + 1})
            # Otherwise the next process waits one minute for the lease of the killed one.
            database.leases.delete_many({"_id": "sweeper"})
            service.start()
            await asyncio.to_thread(service.wait_until, 200)
            refused = await client.post(f"/v1/threads/{long}/messages", json={"content": "x", "role": "assistant"})
            again = await client.get(f"/v1/threads/{long}")
            during += await latencies(client, other, is_purged)
            freed = time.monotonic() - began

            async def swept() -> bool:
                return is_purged() and database.threads.find_one({"_id": long}) is None

            await until(swept)
        note(f"delete of {length} messages, killed half-way", answered=answered, freed=freed, **figures(before, during))

    assert deleted.json() == {"id": long, "object": "thread.deleted", "deleted": True}
    assert left
    assert left_by_kill
    assert (refused.status_code, again.status_code) == (404, 404)
    assert database.messages.count_documents({}) == len(before) + len(during)


async def latencies(client: httpx2.AsyncClient, thread_id: str, done: Any, at_most: int = 100_000) -> list[float]:
    """Append to another thread until `done()` is true. Returns the seconds of each append."""
    took: list[float] = []
    while not done() and len(took) < at_most:
        began = time.monotonic()
        answer = await client.post(f"/v1/threads/{thread_id}/messages", json={"content": "x", "role": "assistant"})
        assert answer.is_success, answer.text
        took.append(time.monotonic() - began)
    return took
