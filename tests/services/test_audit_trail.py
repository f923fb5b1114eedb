"""Each administrative or destructive act writes one entry to the audit trail. An entry holds no content."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from bson import encode
from pymongo.errors import NetworkTimeout

from threadkeep.clock import now
from threadkeep.errors import Forbidden, NotFound, Unavailable, UnknownCursor
from threadkeep.keep import Threadkeep
from threadkeep.services import Caller, RequestIds
from threadkeep.settings import Limits
from threadkeep.testing import mongomock_client
from threadkeep.tests.app_in_memory import app_with, running
from threadkeep.tests.factories import make_thread, make_user, make_users

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SECRET = "canary@example.com"  # noqa: S105 - no entry may contain this text


@pytest.fixture
async def keep() -> AsyncIterator[Threadkeep]:
    """A Threadkeep on MongoDB in memory: no test of this module needs a server."""
    async with Threadkeep(mongomock_client(), sweep_seconds=None, limits=Limits(audit_days=3)) as keep:
        yield keep


async def entries(keep: Threadkeep) -> list[Any]:
    return await keep.audit_service.list_entries(order="asc", limit=100)


async def test_every_act_has_one_entry_with_its_key_and_object(keep: Threadkeep) -> None:
    admin = await keep.key_service.create_key("admin")
    caller = await keep.operations.keys.verify(admin.plain_key)
    assert caller is not None
    services = keep.acting_as(caller)

    user = await services.user_service.create_user(email=SECRET, full_name=SECRET)
    await services.user_service.update_user(user.id, given_name=SECRET)
    thread = await services.thread_service.create_thread([user.id], meta_data={"x": SECRET})
    message = await services.message_service.create_message(thread.id, SECRET)
    await services.message_service.update_message(message.id, content=SECRET)
    await services.message_service.delete_message(message.id)
    await services.thread_service.delete_thread(thread.id)
    key = await services.key_service.create_key("service", key_name=SECRET)
    await services.key_service.revoke_key(key.details.prefix)
    found = [entry for entry in await entries(keep) if entry.object_id != admin.details.prefix]

    assert sorted((entry.action, entry.object_id) for entry in found) == [
        ("key.created", key.details.prefix),
        ("key.revoked", key.details.prefix),
        ("message.deleted", message.id),
        ("thread.deleted", thread.id),
        ("user.changed", user.id),
        ("user.created", user.id),
    ]
    assert {(entry.outcome, entry.scope, entry.key_prefix) for entry in found} == {
        ("done", "admin", admin.details.prefix)
    }
    rows = await keep.runtime.documents.audit_log.find().to_list()
    assert not any(SECRET.encode() in encode(row) for row in rows)
    assert all(row["expires_at"] - row["at"] == timedelta(days=3) for row in rows)


async def test_erasure_is_recorded_and_no_entry_names_the_user(keep: Threadkeep) -> None:
    ada, bob = await make_users(keep, 2)
    hers = keep.acting_as(Caller("user", ada.id))
    thread = await make_thread(keep, participant_ids=[bob.id, ada.id])
    message = await hers.message_service.create_message(thread.id, "x")
    await hers.message_service.delete_message(message.id)
    await hers.user_service.update_user(ada.id, full_name="Ada")

    await keep.user_service.delete_user(ada.id)
    found = await entries(keep)

    assert ada.id not in json.dumps(found)
    (name,) = {entry.object_id for entry in found if entry.action == "user.erased"}
    assert name.startswith("erased_")
    assert {entry.action for entry in found if entry.object_id == name} == {
        "user.created",
        "user.changed",
        "user.erased",
    }
    assert [entry.user_id for entry in found if entry.action == "message.deleted"] == [name]


async def test_an_act_that_changed_nothing_has_no_entry(keep: Threadkeep) -> None:
    user = await make_user(keep)
    before = await entries(keep)
    stranger = keep.acting_as(Caller("user", "user_x"))

    for call in (
        keep.thread_service.delete_thread("thread_x"),
        keep.user_service.delete_user("user_x"),
        keep.key_service.revoke_key("tk_x"),
        stranger.user_service.update_user(user.id, full_name="x"),
        stranger.user_service.delete_user(user.id),
    ):
        with pytest.raises((NotFound, Forbidden)):
            await call

    assert await entries(keep) == before


async def test_the_first_retry_of_an_act_writes_its_missing_entry_and_a_second_does_not(
    keep: Threadkeep, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = await make_thread(keep, "x")
    ids = RequestIds("seed", 1_700_000_000_000)
    log = keep.runtime.documents.audit_log

    async def fail(*_: object) -> None:
        raise NetworkTimeout("away")

    with monkeypatch.context() as broken:
        broken.setattr(type(log), "insert_one", fail)
        with pytest.raises(Unavailable):
            await keep.acting_as(Caller("admin", request_ids=ids)).thread_service.delete_thread(thread.id)
    for _ in range(2):
        again = keep.acting_as(Caller("admin", request_ids=replace(ids, is_retry=True)))
        await again.thread_service.delete_thread(thread.id)

    assert [entry.object_id for entry in await entries(keep) if entry.action == "thread.deleted"] == [thread.id]


async def test_the_audit_trail_is_read_in_pages(keep: Threadkeep) -> None:
    await make_users(keep, 5)
    whole = await keep.audit_service.list_entries()

    first = await keep.audit_service.list_entries(2)
    second = await keep.audit_service.list_entries(2, after=first.next_cursor)
    back = await keep.audit_service.list_entries(2, before=second[0].id)

    assert [*first, *second] == whole[:4]
    assert back == first
    assert first.has_more
    with pytest.raises(UnknownCursor):
        await keep.audit_service.list_entries(after="audit_x")


@pytest.mark.slow
async def test_entry_has_the_id_of_its_request() -> None:
    async with running(app_with()) as client:
        headers = {"x-request-id": "mine"}
        while (await client.get("/readyz")).status_code != 200:
            continue
        user = (await client.post("/v1/users", json={}, headers=headers)).json()["id"]
        page = (await client.get("/v1/admin/audit")).json()

    (entry,) = page["data"]
    assert (entry["request_id"], entry["object_id"], entry["key_prefix"]) == ("mine", user, None)
    assert entry["at"] <= f"{now().isoformat()}Z"
