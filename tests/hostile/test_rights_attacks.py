"""Attacks on rights that succeeded in earlier versions: each must be refused."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from threadkeep.clock import now
from threadkeep.errors import InvalidInput, KeyNotFound, TooManyKeys, Unauthorized, UserNotFound
from threadkeep.keep import Threadkeep
from threadkeep.services import Caller, Sweeper
from threadkeep.settings import Limits
from threadkeep.testing import mongomock_client
from threadkeep.tests.app_in_memory import app_with
from threadkeep.tests.app_in_memory import running as starting
from threadkeep.tests.clocks import clock_ahead
from threadkeep.tests.factories import make_messages, make_thread, make_user, make_users
from threadkeep.tests.services.interference import before_next

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI
    from pymongo import AsyncMongoClient

    from threadkeep.services import Services
    from threadkeep.tests.live_server import LiveServer


@pytest.fixture
async def keep() -> AsyncIterator[Threadkeep]:
    """A Threadkeep in memory: these tests need no server."""
    async with Threadkeep(mongomock_client(), sweep_seconds=None, limits=Limits(max_keys_per_user=5)) as keep:
        yield keep


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """Start the application, and wait until its database is open."""
    async with starting(app) as client:
        await app.state.opened
        yield client


async def caller_of(keep: Threadkeep, plain: str) -> Caller:
    caller = await keep.operations.keys.verify(plain)
    assert caller is not None
    return caller


async def acting_with_a_key(keep: Threadkeep, user_id: str, **fields: Any) -> tuple[Services, str]:
    """Return services with the rights of a new key of this user, as in the cache of a server, and the prefix of the key."""
    key = await keep.key_service.create_key("user", user_id=user_id, **fields)
    return keep.acting_as(await caller_of(keep, key.plain_key)), key.details.prefix


# Keys of users who are being erased.


async def test_a_key_created_during_the_erasure_of_its_user_does_not_work(
    mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Threadkeep(mongo_client, database=database_name, sweep_seconds=None) as keep:
        ada = await make_user(keep)
        keys = keep.runtime.documents.api_keys.get_pymongo_collection()
        before_next(monkeypatch, keys, "insert_one", lambda: keep.user_service.delete_user(ada.id))

        with pytest.raises(UserNotFound):
            await keep.key_service.create_key("user", user_id=ada.id)

        assert await keep.key_service.list_keys() == []


async def test_a_remaining_key_of_an_erased_user_does_not_work(keep: Threadkeep) -> None:
    ada = await make_user(keep)
    key = await keep.key_service.create_key("user", user_id=ada.id)

    await keep.runtime.documents.users.get_pymongo_collection().update_one(
        {"_id": ada.id}, {"$set": {"deleted_at": now()}}
    )

    assert await keep.operations.keys.verify(key.plain_key) is None


# Keys that are made by keys.


async def test_a_key_created_by_a_key_does_not_outlive_it(keep: Threadkeep) -> None:
    services, prefix = await acting_with_a_key(keep, (await make_user(keep)).id, expires_in_days=10)
    parent = await keep.key_service.get_key(prefix)
    user_id = parent.user_id

    child = await services.key_service.create_key("user", user_id=user_id)
    younger = await services.key_service.create_key("user", user_id=user_id, expires_in_days=3)
    with pytest.raises(InvalidInput, match="expires_in_days: must not be later than the expiry of the key"):
        await services.key_service.create_key("user", user_id=user_id, expires_in_days=11)

    assert child.details.expires_at == parent.expires_at
    assert younger.details.expires_at is not None
    assert parent.expires_at is not None
    assert younger.details.expires_at < parent.expires_at


@pytest.mark.parametrize("end", [{"revoked_at": now()}, {"expires_at": now() - timedelta(seconds=1)}])
async def test_an_ended_key_in_the_cache_of_a_server_cannot_manage_keys_or_users(
    keep: Threadkeep, end: dict[str, Any]
) -> None:
    ada, bob = await make_users(keep, 2)
    services, prefix = await acting_with_a_key(keep, ada.id)
    admin = await keep.key_service.create_key("admin")
    as_admin = keep.acting_as(await caller_of(keep, admin.plain_key))
    keys = keep.runtime.documents.api_keys.get_pymongo_collection()
    await keys.update_many({"_id": {"$in": [prefix, admin.details.prefix]}}, {"$set": end})
    before = await keep.key_service.list_keys()

    for call in (
        services.key_service.create_key("user", user_id=ada.id),
        services.key_service.revoke_key(prefix),
        as_admin.key_service.create_key("admin"),
        as_admin.key_service.revoke_key(prefix),
        as_admin.user_service.delete_user(bob.id),
    ):
        with pytest.raises(Unauthorized):
            await call

    assert await keep.key_service.list_keys() == before
    assert await keep.user_service.get_user(bob.id) == bob


# Keys per user.


async def test_a_user_has_a_bounded_number_of_active_keys(keep: Threadkeep) -> None:
    ada, bob = await make_users(keep, 2)
    made = await asyncio.gather(
        *(keep.key_service.create_key("user", user_id=ada.id) for _ in range(20)), return_exceptions=True
    )
    while len(await keep.key_service.list_keys(ada.id)) < 5:  # concurrent creations refuse each other
        await keep.key_service.create_key("user", user_id=ada.id)

    with pytest.raises(TooManyKeys, match="5 active API keys") as refused:
        await keep.key_service.create_key("user", user_id=ada.id)
    assert (refused.value.status, refused.value.facts) == (409, {"limit": 5})
    assert {type(one).__name__ for one in made} <= {"NewKeyRecord", "TooManyKeys"}
    await keep.key_service.create_key("user", user_id=bob.id)
    await keep.key_service.revoke_key((await keep.key_service.list_keys(ada.id))[0].prefix)
    await keep.key_service.create_key("user", user_id=ada.id)


# The cache of verified keys.


async def test_a_revoked_key_and_a_key_of_an_erased_user_stop_at_once_in_the_same_process() -> None:
    app = app_with(auth=True, key_cache_seconds=60)
    async with running(app) as client:
        keep: Threadkeep = app.state.keep
        ada, bob = await make_users(keep, 2)
        hers = await keep.key_service.create_key("user", user_id=ada.id)
        his = await keep.key_service.create_key("user", user_id=bob.id)

        async def status(key: Any) -> int:
            return (await client.get("/v1/threads", headers={"x-api-key": key.plain_key})).status_code

        before = [await status(hers), await status(his)]
        await keep.key_service.revoke_key(hers.details.prefix)
        await keep.user_service.delete_user(bob.id)

        assert before == [200, 200]
        assert [await status(hers), await status(his)] == [401, 401]


# Chunks.


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


# Idempotency keys.


async def test_the_same_idempotency_key_with_another_if_match_is_another_request() -> None:
    async with running(app_with()) as client:
        thread = (await client.post("/v1/threads", json={})).json()["id"]
        statuses = []
        for etag in ('"1.*"', '"1.*"', '"2.*"', None):
            headers = {"idempotency-key": "k"} | ({"if-match": etag} if etag else {})
            answer = await client.put(f"/v1/threads/{thread}", json={"meta_data": {"a": 1}}, headers=headers)
            statuses.append(answer.status_code)

    assert statuses == [200, 200, 409, 409]


# Numbers of deleted messages, with clocks that differ.


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


# Without authentication.


FOREIGN = [
    ({"host": "evil.example.com"}, 403),
    ({"host": "127.0.0.1.example.com:8000"}, 403),
    ({"origin": "https://evil.example.com"}, 403),
    ({"origin": "null"}, 403),
    ({"origin": "http://localhost:3000"}, 403),
    ({"content-type": "text/plain"}, 415),
    ({"content-type": "application/x-www-form-urlencoded"}, 415),
    ({"content-type": ""}, 415),
    ({}, 415),
]
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize("path", ["/v1/threads", "/openai/v1/threads"])
async def test_without_authentication_no_web_page_can_write(path: str) -> None:
    async with running(app_with()) as client:
        client.headers["host"] = "localhost:8000"
        for headers, status in FOREIGN:
            declared = JSON if status == 403 else {}
            for content in (b"{}", b""):
                answer = await client.post(path, content=content, headers={**declared, **headers})
                assert answer.status_code == status, headers
            if status == 403:
                assert (await client.get("/v1/threads", headers=headers)).status_code == 403
        found = (await client.get("/v1/threads")).json()["data"]
        own = await client.post(path, content=b"{}", headers={**JSON, "origin": "http://localhost:8000"})
        direct = await client.post(path, content=b"{}", headers=JSON)

    assert found == []
    assert [own.status_code, direct.status_code] == [200, 200]


async def test_without_authentication_a_web_page_of_an_allowed_origin_can_write() -> None:
    async with running(app_with(cors_origins="https://chat.example.com")) as client:
        answer = await client.post("/v1/threads", json={}, headers={"origin": "https://chat.example.com"})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:8000", "[::1]:8000", "app.localhost", "threadkeep", "10.0.0.7"]
)
async def test_without_authentication_programs_of_this_machine_are_served(host: str) -> None:
    async with running(app_with()) as client:
        assert (await client.get("/v1/threads", headers={"host": host})).status_code == 200


async def test_with_authentication_any_host_and_origin_are_served() -> None:
    app = app_with(auth=True)
    async with running(app) as client:
        key = (await app.state.keep.key_service.create_key("admin")).plain_key
        headers = {"x-api-key": key, "host": "api.example.com", "origin": "https://chat.example.com"}

        assert (await client.post("/v1/threads", content=b"{}", headers=headers)).status_code == 200


async def test_an_admin_cannot_revoke_an_unknown_key(keep: Threadkeep) -> None:
    with pytest.raises(KeyNotFound):
        await keep.key_service.revoke_key("tk_unknown_")
