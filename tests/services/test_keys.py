from __future__ import annotations

import hashlib
import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.clock import now
from threadkeep.errors import InvalidInput, KeyNotFound, UserNotFound
from threadkeep.keep import Threadkeep
from threadkeep.testing import mongomock_client
from threadkeep.tests.factories import make_user
from threadkeep.tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from threadkeep.documents import ApiKey


@pytest.fixture
async def keep() -> AsyncIterator[Threadkeep]:
    """A Threadkeep on MongoDB in memory: no test of this module needs a server."""
    async with Threadkeep(mongomock_client(), sweep_seconds=None) as keep:
        yield keep


async def stored(keep: Threadkeep, prefix: str) -> ApiKey:
    key = await keep.runtime.documents.api_keys.get(prefix)
    assert key is not None
    return key


async def change(keep: Threadkeep, prefix: str, **fields: Any) -> None:
    await keep.runtime.documents.api_keys.get_pymongo_collection().update_one({"_id": prefix}, {"$set": fields})


async def test_a_key_is_random_and_begins_with_its_prefix(keep: Threadkeep) -> None:
    made = [await keep.key_service.create_key("service", key_name="worker") for _ in range(20)]

    for key in made:
        assert re.fullmatch(r"tk_[0-9A-Za-z]{8}[0-9A-Za-z_-]{43}", key.plain_key)
        assert key.plain_key.startswith(key.details.prefix)
        assert (
            key.details.dict().items()
            >= {
                "scope": "service",
                "user_id": None,
                "key_name": "worker",
                "is_active": True,
                "expires_at": None,
                "last_used_at": None,
            }.items()
        )
    assert len({key.plain_key[11:] for key in made}) == len({key.details.prefix for key in made}) == 20


async def test_only_the_hash_of_a_key_is_stored(keep: Threadkeep) -> None:
    key = await keep.key_service.create_key()

    [row] = await keep.runtime.documents.api_keys.get_pymongo_collection().find().to_list()

    assert row["hash"] == hashlib.sha256(key.plain_key.encode()).hexdigest()
    assert key.plain_key[11:] not in json.dumps(row, default=str)


@pytest.mark.parametrize("scope", ["admin", "service", "user"])
async def test_a_verified_key_returns_the_caller_it_was_created_for(keep: Threadkeep, scope: Any) -> None:
    user_id = (await make_user(keep)).id if scope == "user" else None
    key = await keep.key_service.create_key(scope, user_id=user_id)

    caller = await keep.operations.keys.verify(key.plain_key)

    assert caller is not None
    assert (caller.scope, caller.user_id, caller.key_id) == (scope, user_id, key.details.prefix)


async def test_any_other_text_is_not_verified(keep: Threadkeep) -> None:
    plain = (await keep.key_service.create_key()).plain_key

    for wrong in (
        "",
        " ",
        "tk_",
        plain[:11],
        plain[:-1],
        plain + "x",
        plain[:-1] + ("a" if plain[-1] != "a" else "b"),
        plain[:11] + "x" * 43,
        plain.upper(),
        f" {plain}",
        f"{plain}\n",
        "ключ",
        plain[:-1] + "é",
        "tk_\0\0\0\0\0\0\0\0",
        "x" * 257,
        "x" * 100_000,
        '{"$ne": null}',
        hashlib.sha256(plain.encode()).hexdigest(),
    ):
        assert await keep.operations.keys.verify(wrong) is None, wrong


async def test_an_expired_key_is_not_verified(keep: Threadkeep) -> None:
    key = await keep.key_service.create_key(expires_in_days=1)
    fresh = await keep.operations.keys.verify(key.plain_key)
    await change(keep, key.details.prefix, expires_at=now() - timedelta(milliseconds=1))

    assert fresh is not None
    assert await keep.operations.keys.verify(key.plain_key) is None
    assert not (await keep.key_service.get_key(key.details.prefix)).is_active


async def test_a_revoked_key_is_not_verified_and_stays_in_the_list(keep: Threadkeep) -> None:
    key = await keep.key_service.create_key()

    await keep.key_service.revoke_key(key.details.prefix)
    first = (await stored(keep, key.details.prefix)).revoked_at
    await keep.key_service.revoke_key(key.details.prefix)

    assert await keep.operations.keys.verify(key.plain_key) is None
    assert [key.is_active for key in await keep.key_service.list_keys()] == [False]
    assert await keep.key_service.list_keys(include_inactive=False) == []
    assert (await stored(keep, key.details.prefix)).revoked_at == first


async def test_last_used_at_is_stored_but_not_for_every_use(keep: Threadkeep) -> None:
    key = await keep.key_service.create_key()
    prefix = key.details.prefix

    async def was_stored() -> bool:
        return (await keep.key_service.get_key(prefix)).last_used_at is not None

    await keep.operations.keys.verify(key.plain_key)
    await until(was_stored)
    just_now = now() - timedelta(seconds=30)
    await change(keep, prefix, last_used_at=just_now)
    await keep.operations.keys.verify(key.plain_key)
    await keep.runtime.background.close()

    assert (await stored(keep, prefix)).last_used_at == just_now


async def test_an_old_last_used_at_is_replaced(keep: Threadkeep) -> None:
    key = await keep.key_service.create_key()
    long_ago = now() - timedelta(hours=1)
    await change(keep, key.details.prefix, last_used_at=long_ago)

    async def was_stored() -> bool:
        return (await stored(keep, key.details.prefix)).last_used_at != long_ago

    await keep.operations.keys.verify(key.plain_key)
    await until(was_stored)

    assert (await stored(keep, key.details.prefix)).last_used_at is not None


async def test_keys_of_a_user_are_listed_and_found_only_for_this_user(keep: Threadkeep) -> None:
    ada, bob = await make_user(keep), await make_user(keep)
    hers = await keep.key_service.create_key("user", user_id=ada.id, key_name="laptop")
    his = await keep.key_service.create_key("user", user_id=bob.id)
    await keep.key_service.create_key("admin")

    assert [key.key_name for key in await keep.key_service.list_keys(ada.id)] == ["laptop"]
    assert (await keep.key_service.get_key(hers.details.prefix, user_id=ada.id)).user_id == ada.id
    for call in (
        keep.key_service.get_key(his.details.prefix, user_id=ada.id),
        keep.key_service.revoke_key(his.details.prefix, user_id=ada.id),
        keep.key_service.get_key("tk_unknown_"),
        keep.key_service.revoke_key("tk_unknown_"),
    ):
        with pytest.raises(KeyNotFound):
            await call
    assert await keep.operations.keys.verify(his.plain_key) is not None


async def test_a_key_for_an_unknown_user_raises_user_not_found(keep: Threadkeep) -> None:
    with pytest.raises(UserNotFound, match="user_unknown"):
        await keep.key_service.create_key("user", user_id="user_unknown")


async def test_only_a_key_of_scope_user_has_a_user(keep: Threadkeep) -> None:
    user = await make_user(keep)

    for call in (
        keep.key_service.create_key("user"),
        keep.key_service.create_key("admin", user_id=user.id),
        keep.key_service.create_key("service", user_id=user.id),
    ):
        with pytest.raises(InvalidInput, match="user_id"):
            await call


@pytest.mark.parametrize(
    ("field", "value"),
    [("scope", "root"), ("expires_in_days", 0), ("expires_in_days", 36_501), ("key_name", "x" * 257)],
)
async def test_an_invalid_field_is_named_in_the_error(keep: Threadkeep, field: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=field):
        await keep.key_service.create_key(**{field: value})


async def test_a_chosen_key_is_adopted_once(keep: Threadkeep) -> None:
    plain = "tk_" + "my own key, and long enough".replace(" ", "-") * 2

    outcomes = [await keep.operations.keys.adopt(plain) for _ in range(2)]

    assert outcomes == [True, False]
    caller = await keep.operations.keys.verify(plain)
    assert caller is not None
    assert caller.scope == "admin"


async def test_a_chosen_key_with_the_prefix_of_another_key_or_a_revoked_one_is_refused(keep: Threadkeep) -> None:
    plain = "tk_abcdefgh" + "x" * 32
    await keep.operations.keys.adopt(plain)

    with pytest.raises(InvalidInput, match="begins with the same characters"):
        await keep.operations.keys.adopt(plain[:11] + "y" * 32)
    await keep.key_service.revoke_key(plain[:11])
    with pytest.raises(InvalidInput, match="revoked"):
        await keep.operations.keys.adopt(plain)


async def test_has_admin_key_counts_only_valid_admin_keys(keep: Threadkeep) -> None:
    before = await keep.operations.keys.has_admin_key()
    await keep.key_service.create_key("service")
    service_only = await keep.operations.keys.has_admin_key()
    key = await keep.key_service.create_key("admin", expires_in_days=1)
    with_admin = await keep.operations.keys.has_admin_key()
    await change(keep, key.details.prefix, expires_at=now() - timedelta(seconds=1))
    expired = await keep.operations.keys.has_admin_key()
    await change(keep, key.details.prefix, expires_at=None, revoked_at=now())

    assert [before, service_only, with_admin, expired] == [False, False, True, False]
    assert not await keep.operations.keys.has_admin_key()
