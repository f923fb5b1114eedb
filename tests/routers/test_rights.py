"""The rights of every route of the native API, for every caller."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.clock import now
from threadkeep.routers.http import authentication
from threadkeep.tests.routers.another_process import another_process
from threadkeep.tests.routers.rights_scenario import (
    ADMIN,
    ALL,
    CREATED,
    FEWEST_RIGHTS_FIRST,
    FORBIDDEN,
    NO_CONTENT,
    OK,
    OWNER,
    PARTICIPANT,
    SELF,
    SENDER,
    STAFF,
    UNAUTHENTICATED,
    UNAUTHORIZED,
    Case,
    Scenario,
    removes,
)
from threadkeep.tests.routers.routes import NATIVE

if TYPE_CHECKING:
    from pymongo import AsyncMongoClient

    from threadkeep.tests.live_server import LiveServer
    from threadkeep.tests.routers.callers import Caller

ACCEPTED = 202
USER, THREAD = "/v1/users/{owner}", "/v1/threads/{thread}"
IN_THREAD, IN_ALL = THREAD + "/messages/{message}", "/v1/messages/{message}"
LEAVE = THREAD + "/participants/{participant}"
MESSAGE_BODY = {"thread_id": "{thread}", "content": "x"}

ANALYTICS = (
    "activity users/active users/new users/stickiness users/retention users/days messages messages/hours "
    "messages/given_up answers answers/hours answers/days threads/active threads/new threads/lengths "
    "threads/durations threads/drop_off threads/unanswered threads/longest threads/busiest "
    "threads/questions tools assistants/shared assistants/hand_overs growth storage"
)


TABLE = (
    Case("POST /v1/users", "/v1/users", {}, CREATED, ADMIN),
    Case("GET /v1/users", "/v1/users", None, OK, STAFF),
    Case("GET /v1/external-ids/users/{external_id}", "/v1/external-ids/users/named", None, OK, STAFF),
    Case("PUT /v1/external-ids/users/{external_id}", "/v1/external-ids/users/named", {}, OK, STAFF),
    Case("GET /v1/external-ids/threads/{external_id}", "/v1/external-ids/threads/named", None, OK, ALL),
    Case("PUT /v1/external-ids/threads/{external_id}", "/v1/external-ids/threads/named", {}, OK, ALL),
    Case("GET /v1/users/{user_id}", USER, None, OK, OWNER),
    Case("PUT /v1/users/{user_id}", USER, {"given_name": "A"}, OK, OWNER),
    Case("DELETE /v1/users/{user_id}", USER, None, OK, ADMIN),
    Case("GET /v1/users/{user_id}/threads", USER + "/threads", None, OK, OWNER),
    Case("GET /v1/threads/user/{user_id}", "/v1/threads/user/{owner}", None, OK, OWNER),
    Case("GET /v1/threads/user/{user_id}/records", "/v1/threads/user/{owner}/records", None, OK, OWNER),
    Case("POST /v1/users/{user_id}/apikeys", USER + "/apikeys", {}, CREATED, SELF),
    Case("GET /v1/users/{user_id}/apikeys", USER + "/apikeys", None, OK, SELF),
    Case("GET /v1/users/{user_id}/apikeys/{prefix}", USER + "/apikeys/{prefix}", None, OK, SELF),
    Case("DELETE /v1/users/{user_id}/apikeys/{prefix}", USER + "/apikeys/{prefix}", None, NO_CONTENT, SELF),
    Case("POST /v1/admin/users/{user_id}/keys", "/v1/admin/users/{owner}/keys", {}, CREATED, SELF),
    Case("GET /v1/admin/users/{user_id}/keys", "/v1/admin/users/{owner}/keys", None, OK, SELF),
    Case("POST /v1/admin/keys", "/v1/admin/keys", {"scope": "admin"}, CREATED, ADMIN),
    Case("GET /v1/admin/keys", "/v1/admin/keys", None, OK, ADMIN),
    Case("GET /v1/admin/keys/{prefix}", "/v1/admin/keys/{admin_prefix}", None, OK, ADMIN),
    Case("DELETE /v1/admin/keys/{prefix}", "/v1/admin/keys/{admin_prefix}", None, NO_CONTENT, ADMIN),
    Case("POST /v1/imports", "/v1/imports", {}, ACCEPTED, ALL),
    Case("GET /v1/imports", "/v1/imports", None, OK, ALL),
    Case("GET /v1/admin/audit", "/v1/admin/audit", None, OK, ADMIN),
    Case("DELETE /v1/threads/{thread_id}/participants/{user_id}", LEAVE, None, OK, OWNER | {"participant"}),
    Case("POST /v1/threads", "/v1/threads", {}, OK, ALL),
    Case("GET /v1/threads", "/v1/threads", None, OK, ALL),
    Case("GET /v1/threads/{thread_id}", THREAD, None, OK, PARTICIPANT),
    Case("PUT /v1/threads/{thread_id}", THREAD, {"meta_data": {"a": 1}}, OK, OWNER),
    Case("POST /v1/threads/{thread_id}", THREAD, {"meta_data": {"a": 1}}, OK, OWNER),
    Case("PUT /v1/threads/{thread_id}/metadata", THREAD + "/metadata", {}, OK, OWNER),
    Case("DELETE /v1/threads/{thread_id}", THREAD, None, OK, OWNER),
    Case("GET /v1/threads/{thread_id}/messages", THREAD + "/messages", None, OK, PARTICIPANT),
    Case("GET /v1/threads/{thread_id}/formatted_messages", THREAD + "/formatted_messages", None, OK, PARTICIPANT),
    Case("GET /v1/threads/{thread_id}/context", THREAD + "/context?max_tokens=1000", None, OK, PARTICIPANT),
    Case("POST /v1/threads/{thread_id}/summaries", THREAD + "/summaries", {"text": "x", "upto_seq": 1}, OK, OWNER),
    Case("POST /v1/threads/{thread_id}/messages", THREAD + "/messages", {}, OK, PARTICIPANT),
    Case("POST /v1/threads/{thread_id}/turns", THREAD + "/turns", {"messages": [{}]}, OK, PARTICIPANT),
    Case("PUT /v1/threads/{thread_id}/messages", THREAD + "/messages", {"after_seq": 1, "messages": [{}]}, OK, OWNER),
    Case("DELETE /v1/threads/{thread_id}/messages", THREAD + "/messages?after_seq=0", None, OK, OWNER),
    Case("POST /v1/threads/{thread_id}/messages/pop", THREAD + "/messages/pop", {}, OK, SENDER),
    Case("POST /v1/messages", "/v1/messages", MESSAGE_BODY, OK, PARTICIPANT),
    Case("POST /v1/messages/tools", "/v1/messages/tools", MESSAGE_BODY, OK, PARTICIPANT),
    Case("POST /v1/messages/assistant", "/v1/messages/assistant", MESSAGE_BODY, OK, PARTICIPANT),
    Case("DELETE /v1/threads/{thread_id}/chunks", THREAD + "/chunks", None, OK, PARTICIPANT),
    Case("GET /v1/messages/{message_id}", IN_ALL, None, OK, PARTICIPANT),
    Case("PUT /v1/messages/{message_id}", IN_ALL, {"content": "y"}, OK, SENDER),
    Case("DELETE /v1/messages/{message_id}", IN_ALL, None, OK, SENDER),
    Case("GET /v1/threads/{thread_id}/messages/{message_id}", IN_THREAD, None, OK, PARTICIPANT),
    Case("PUT /v1/threads/{thread_id}/messages/{message_id}", IN_THREAD, {"content": "y"}, OK, SENDER),
    Case("DELETE /v1/threads/{thread_id}/messages/{message_id}", IN_THREAD, None, OK, SENDER),
    Case("GET /v1/analytics/threads/metadata", "/v1/analytics/threads/metadata?key=topic", None, OK, STAFF),
    *(Case(f"GET /v1/analytics/{name}", f"/v1/analytics/{name}", None, OK, STAFF) for name in ANALYTICS.split()),
)
PUBLIC = {"GET /healthz", "GET /readyz"}
OWN = {"GET /v1/imports/{import_id}", "DELETE /v1/imports/{import_id}"}
"""Each caller has imports of its own, and gets 404 for others: `native/test_imports.py`."""


def test_the_table_has_every_route() -> None:
    assert {case.route for case in TABLE} | PUBLIC | OWN == {str(entry) for entry in NATIVE}
    assert len({case.route for case in TABLE}) == len(TABLE)


@pytest.mark.parametrize("case", TABLE, ids=[case.route for case in TABLE])
def test_each_route_succeeds_only_for_callers_with_the_right(
    scenario: Scenario, refused: dict[str, Caller], case: Case
) -> None:
    if case.route == "DELETE /v1/users/{user_id}":  # later tests need the users of the shared scenario
        scenario = Scenario(scenario.admin)
    if case.route.endswith("/messages/pop"):  # the newest message must be that of the sender
        scenario.recreate()
    answers = scenario.answers(case, refused)
    if removes(case) and case.route != "DELETE /v1/users/{user_id}":
        scenario.recreate()

    expected = {
        caller_name: case.status if caller_name in case.allowed else FORBIDDEN for caller_name in FEWEST_RIGHTS_FIRST
    }
    assert {caller_name: answer.status_code for caller_name, answer in answers.items()} == expected | dict.fromkeys(
        UNAUTHENTICATED, UNAUTHORIZED
    )
    for caller_name in FEWEST_RIGHTS_FIRST:
        assert caller_name in case.allowed or answers[caller_name].json().keys() == {"error", "detail", "action"}


def test_health_routes_answer_every_caller(scenario: Scenario, refused: dict[str, Caller]) -> None:
    for caller in (*refused.values(), scenario.stranger, scenario.admin):
        for entry in PUBLIC:
            assert caller.get(entry.split()[1]).status_code == OK


@pytest.mark.parametrize(
    ("caller_name", "status"),
    [("admin", OK), ("service", OK), ("owner", FORBIDDEN), ("stranger", FORBIDDEN), ("anonymous", UNAUTHORIZED)],
)
def test_only_admins_and_services_read_metrics(
    scenario: Scenario, refused: dict[str, Caller], caller_name: str, status: int
) -> None:
    caller = refused[caller_name] if caller_name in refused else getattr(scenario, caller_name)

    assert caller.get("/metrics").status_code == status


@pytest.mark.parametrize("caller_name", ["owner", "service", "admin"])
def test_the_owner_and_services_change_a_thread_without_participants(scenario: Scenario, caller_name: str) -> None:
    thread = scenario.admin.new_thread(owner_id=scenario.owner.id, participant_ids=[scenario.sender.id])
    path = f"/v1/threads/{thread['id']}"
    scenario.admin.put(path, {"participant_ids": []})

    assert getattr(scenario, caller_name).put(f"{path}/metadata", {}).is_success


def test_a_removed_participant_cannot_read_or_change_its_own_message(scenario: Scenario) -> None:
    thread = scenario.admin.new_thread(owner_id=scenario.owner.id, participant_ids=[scenario.sender.id])
    message = f"/v1/messages/{scenario.sender.new_message(thread['id'])['id']}"

    scenario.owner.put(f"/v1/threads/{thread['id']}", {"participant_ids": []})

    assert [scenario.sender.get(message).status_code, scenario.sender.put(message, {"content": "x"}).status_code] == [
        FORBIDDEN,
        FORBIDDEN,
    ]


async def test_a_revoked_key_stops_working_in_every_process_within_key_cache_seconds(
    mongo_client: AsyncMongoClient[Any], served: LiveServer, scenario: Scenario
) -> None:
    key = scenario.admin.new_key(scope="service")
    async with another_process(mongo_client, served, key, key_cache_seconds=0.3) as other:
        before_revocation = (await other.get("/v1/users")).status_code
        await asyncio.to_thread(scenario.admin.delete, f"/v1/admin/keys/{key[:11]}")
        await asyncio.sleep(0.3)

        assert (before_revocation, (await other.get("/v1/users")).status_code) == (OK, UNAUTHORIZED)


async def test_the_keys_of_an_erased_user_stop_working_in_every_process_within_key_cache_seconds(
    mongo_client: AsyncMongoClient[Any], served: LiveServer, admin: Caller
) -> None:
    ada = await asyncio.to_thread(admin.new_user)
    async with another_process(mongo_client, served, ada.key, key_cache_seconds=0.3) as other:
        before_erasure = (await other.get("/v1/threads")).status_code
        await asyncio.to_thread(admin.delete, f"/v1/users/{ada.id}")
        here = (await asyncio.to_thread(ada.get, "/v1/threads")).status_code
        await asyncio.sleep(0.3)

        assert (before_erasure, here, (await other.get("/v1/threads")).status_code) == (OK, UNAUTHORIZED, UNAUTHORIZED)


async def test_a_key_that_has_expired_is_not_accepted_from_the_cache(
    mongo_client: AsyncMongoClient[Any], served: LiveServer, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = scenario.admin.new_key(scope="service", expires_in_days=1)
    async with another_process(mongo_client, served, key, key_cache_seconds=60) as other:
        before = (await other.get("/v1/users")).status_code
        served.database["api_keys"].delete_one({"_id": key[:11]})
        cached = (await other.get("/v1/users")).status_code
        monkeypatch.setattr(authentication, "now", lambda: now() + timedelta(days=1))

        assert (before, cached, (await other.get("/v1/users")).status_code) == (OK, OK, UNAUTHORIZED)


async def test_a_verified_key_is_accepted_from_the_cache(
    mongo_client: AsyncMongoClient[Any], served: LiveServer, scenario: Scenario
) -> None:
    key = scenario.admin.new_key(scope="service")
    async with another_process(mongo_client, served, key, key_cache_seconds=60) as other:
        await other.get("/v1/users")
        served.database["api_keys"].delete_one({"_id": key[:11]})

        assert (await other.get("/v1/users")).status_code == OK


async def test_without_authentication_every_caller_is_an_admin(
    mongo_client: AsyncMongoClient[Any], served: LiveServer
) -> None:
    async with another_process(mongo_client, served, None, auth=False) as other:
        assert (await other.post("/v1/users", json={})).status_code == CREATED


def test_the_key_of_an_erased_user_creates_nothing(admin: Caller) -> None:
    ada = admin.new_user()
    ada.new_thread()
    admin.delete(f"/v1/users/{ada.id}")

    for path in ("/v1/threads", f"/v1/users/{ada.id}/apikeys", "/openai/v1/threads"):
        assert ada.post(path, {}).status_code == UNAUTHORIZED
