"""Attacks with chunks, idempotency keys and numbers of messages that succeeded in earlier versions: each must be refused."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from threadkeep.keep import Threadkeep
from threadkeep.services import Sweeper
from threadkeep.testing import mongomock_client
from threadkeep.tests.app_in_memory import app_with
from threadkeep.tests.clocks import clock_ahead
from threadkeep.tests.factories import make_messages, make_thread, make_users
from threadkeep.tests.hostile.attackers import acting_with_a_key, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pymongo import AsyncMongoClient

    from threadkeep.tests.live_server import LiveServer


@pytest.fixture
async def keep() -> AsyncIterator[Threadkeep]:
    """A Threadkeep in memory: these tests need no server."""
    async with Threadkeep(mongomock_client(), sweep_seconds=None) as keep:
        yield keep


async def test_chunks_of_different_keys_or_runs_never_become_one_message(keep: Threadkeep) -> None:
    ada, bob = await make_users(keep, 2)
    thread = await make_thread(keep, participant_ids=[ada.id, bob.id])
    writers = [(await acting_with_a_key(keep, user.id))[0].message_service for user in (ada, bob, ada)]
    writers.append(keep.message_service)
    runs = [(writer, run) for writer in writers for run in (None, "run_1", "run_2")]

    for part in ("a", "b"):
        for number, (writer, run) in enumerate(runs):
            await writer.append_chunk(thread.id, f"{number}{part} ", is_last=False, run_id=run)
    whole = [
        await writer.append_chunk(thread.id, f"{number}c", is_last=True, run_id=run)
        for number, (writer, run) in enumerate(runs)
    ]

    assert [message.content for message in whole if message] == [f"{n}a {n}b {n}c" for n in range(len(runs))]


async def test_ids_with_slashes_do_not_share_a_draft(keep: Threadkeep) -> None:
    thread = await make_thread(keep)

    await keep.message_service.append_chunk(thread.id, "one ", is_last=False, sender_id="a/b", assistant_id="c")
    other = await keep.message_service.append_chunk(thread.id, "two", is_last=True, sender_id="a", assistant_id="b/c")

    assert other is not None
    assert other.content == "two"


@pytest.mark.slow
def test_concurrent_last_chunks_are_never_answered_500(served: LiveServer) -> None:
    path = "/v1/messages/assistant"
    with httpx2.Client(base_url=served.url, headers={"x-api-key": served.admin_key}, timeout=30) as client:
        thread = client.post("/v1/threads", json={}).json()["id"]
        barrier = threading.Barrier(8)

        def write(worker: int) -> list[int]:
            barrier.wait()
            bodies = [
                {"thread_id": thread, "content": f"{worker}.{n} ", "is_last_chunk": n % 2 == 1} for n in range(20)
            ]
            return [client.post(path, json=body).status_code for body in bodies]

        with ThreadPoolExecutor(8) as pool:
            statuses = {status for found in pool.map(write, range(8)) for status in found}

    assert statuses <= {200, 503}


async def test_drafts_of_an_erased_user_are_removed(keep: Threadkeep) -> None:
    ada, bob = await make_users(keep, 2)
    thread = await make_thread(keep, participant_ids=[bob.id, ada.id])
    services, _ = await acting_with_a_key(keep, ada.id)
    await services.message_service.append_chunk(thread.id, "hers", is_last=False)
    await keep.message_service.append_chunk(thread.id, "his", is_last=False, sender_id=bob.id)

    await keep.user_service.delete_user(ada.id)

    drafts = await keep.runtime.documents.drafts.get_pymongo_collection().find().to_list()
    assert [draft["chunks"] for draft in drafts] == [["his"]]


async def test_the_same_idempotency_key_with_another_if_match_is_another_request() -> None:
    async with running(app_with()) as client:
        thread = (await client.post("/v1/threads", json={})).json()["id"]
        statuses = []
        for etag in ('"1.*"', '"1.*"', '"2.*"', None):
            headers = {"idempotency-key": "k"} | ({"if-match": etag} if etag else {})
            answer = await client.put(f"/v1/threads/{thread}", json={"meta_data": {"a": 1}}, headers=headers)
            statuses.append(answer.status_code)

    assert statuses == [200, 200, 409, 409]


@pytest.mark.slow
@pytest.mark.parametrize("ahead", [400, -400, 86_400])
async def test_the_number_of_a_deleted_message_is_not_reused_if_clocks_differ(
    mongo_client: AsyncMongoClient[dict[str, Any]],
    database_name: str,
    ahead: int,
) -> None:
    options: dict[str, Any] = {"database": database_name, "sweep_seconds": None}
    async with Threadkeep(mongo_client, **options) as one, Threadkeep(mongo_client, **options) as other:
        thread = await make_thread(one, "1")
        (written,) = await make_messages(other, thread.id, ["2"])
        await other.message_service.delete_message(written.id)
        with clock_ahead(seconds=ahead):
            await Sweeper(other.runtime.documents, other.runtime.appender.sequencer, every_seconds=1).sweep()
        rows = await one.runtime.documents.messages.count_documents({"thread_id": thread.id})

        late = await one.message_service.create_message(thread.id, "late", "assistant")

    assert rows == 2
    assert late.seq == 3
