"""Attacks with API keys that succeeded in earlier versions: keys of erased users, keys made by keys, and cached keys."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.clock import now
from threadkeep.errors import InvalidInput, KeyNotFound, TooManyKeys, Unauthorized, UserNotFound
from threadkeep.keep import Threadkeep
from threadkeep.settings import Limits
from threadkeep.testing import mongomock_client
from threadkeep.tests.app_in_memory import app_with
from threadkeep.tests.factories import make_user, make_users
from threadkeep.tests.hostile.attackers import acting_with_a_key, caller_of, running
from threadkeep.tests.services.interference import before_next

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pymongo import AsyncMongoClient


@pytest.fixture
async def keep() -> AsyncIterator[Threadkeep]:
    """A Threadkeep in memory: these tests need no server."""
    async with Threadkeep(mongomock_client(), sweep_seconds=None, limits=Limits(max_keys_per_user=5)) as keep:
        yield keep


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


async def test_an_admin_cannot_revoke_an_unknown_key(keep: Threadkeep) -> None:
    with pytest.raises(KeyNotFound):
        await keep.key_service.revoke_key("tk_unknown_")
