"""Who may do what: every route of the native door, asked by everybody there is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.routers.another_process import another_process
from threadkeep.tests.routers.everybody import (
    ADMIN,
    ALL,
    GONE,
    LEAST_FIRST,
    MADE,
    NO,
    NOT_LET_IN,
    OK,
    OWNER,
    PARTICIPANT,
    SELF,
    SENDER,
    STAFF,
    WHO,
    Row,
    World,
)
from threadkeep.tests.routers.routes import NATIVE

if TYPE_CHECKING:
    from pymongo import AsyncMongoClient

    from threadkeep.tests.live_server import LiveServer
    from threadkeep.tests.routers.callers import Caller

USER, THREAD = "/v1/users/{owner}", "/v1/threads/{thread}"
IN_THREAD, IN_ALL = THREAD + "/messages/{message}", "/v1/messages/{message}"
LEAVE = THREAD + "/participants/{participant}"
SAID = {"thread_id": "{thread}", "content": "x"}

ANALYTICS = (
    "activity users/active users/new users/stickiness users/retention users/days messages messages/hours "
    "messages/given_up answers answers/hours answers/days threads/active threads/new threads/lengths "
    "threads/durations threads/drop_off threads/unanswered threads/longest threads/busiest "
    "threads/questions tools assistants/shared assistants/hand_overs growth storage"
)


TABLE = (
    Row("POST /v1/users", "/v1/users", {}, MADE, ADMIN),
    Row("GET /v1/users", "/v1/users", None, OK, STAFF),
    Row("GET /v1/users/{user_id}", USER, None, OK, OWNER),
    Row("PUT /v1/users/{user_id}", USER, {"given_name": "A"}, OK, OWNER),
    Row("DELETE /v1/users/{user_id}", USER, None, OK, ADMIN),
    Row("GET /v1/users/{user_id}/threads", USER + "/threads", None, OK, OWNER),
    Row("GET /v1/threads/user/{user_id}", "/v1/threads/user/{owner}", None, OK, OWNER),
    Row("GET /v1/threads/user/{user_id}/records", "/v1/threads/user/{owner}/records", None, OK, OWNER),
    Row("POST /v1/users/{user_id}/apikeys", USER + "/apikeys", {}, MADE, SELF),
    Row("GET /v1/users/{user_id}/apikeys", USER + "/apikeys", None, OK, SELF),
    Row("GET /v1/users/{user_id}/apikeys/{prefix}", USER + "/apikeys/{prefix}", None, OK, SELF),
    Row("DELETE /v1/users/{user_id}/apikeys/{prefix}", USER + "/apikeys/{prefix}", None, GONE, SELF),
    Row("POST /v1/admin/users/{user_id}/keys", "/v1/admin/users/{owner}/keys", {}, MADE, SELF),
    Row("GET /v1/admin/users/{user_id}/keys", "/v1/admin/users/{owner}/keys", None, OK, SELF),
    Row("POST /v1/admin/keys", "/v1/admin/keys", {"scope": "admin"}, MADE, ADMIN),
    Row("GET /v1/admin/keys", "/v1/admin/keys", None, OK, ADMIN),
    Row("GET /v1/admin/keys/{prefix}", "/v1/admin/keys/{admin_prefix}", None, OK, ADMIN),
    Row("DELETE /v1/admin/keys/{prefix}", "/v1/admin/keys/{admin_prefix}", None, GONE, ADMIN),
    Row("GET /v1/admin/audit", "/v1/admin/audit", None, OK, ADMIN),
    Row("DELETE /v1/threads/{thread_id}/participants/{user_id}", LEAVE, None, OK, OWNER | {"participant"}),
    Row("POST /v1/threads", "/v1/threads", {}, OK, ALL),
    Row("GET /v1/threads", "/v1/threads", None, OK, ALL),
    Row("GET /v1/threads/{thread_id}", THREAD, None, OK, PARTICIPANT),
    Row("PUT /v1/threads/{thread_id}", THREAD, {"meta_data": {"a": 1}}, OK, OWNER),
    Row("POST /v1/threads/{thread_id}", THREAD, {"meta_data": {"a": 1}}, OK, OWNER),
    Row("PUT /v1/threads/{thread_id}/metadata", THREAD + "/metadata", {}, OK, OWNER),
    Row("DELETE /v1/threads/{thread_id}", THREAD, None, OK, OWNER),
    Row("GET /v1/threads/{thread_id}/messages", THREAD + "/messages", None, OK, PARTICIPANT),
    Row("GET /v1/threads/{thread_id}/formatted_messages", THREAD + "/formatted_messages", None, OK, PARTICIPANT),
    Row("POST /v1/threads/{thread_id}/messages", THREAD + "/messages", {}, OK, PARTICIPANT),
    Row("POST /v1/messages", "/v1/messages", SAID, OK, PARTICIPANT),
    Row("POST /v1/messages/tools", "/v1/messages/tools", SAID, OK, PARTICIPANT),
    Row("POST /v1/messages/assistant", "/v1/messages/assistant", SAID, OK, PARTICIPANT),
    Row("GET /v1/messages/{message_id}", IN_ALL, None, OK, PARTICIPANT),
    Row("PUT /v1/messages/{message_id}", IN_ALL, {"content": "y"}, OK, SENDER),
    Row("DELETE /v1/messages/{message_id}", IN_ALL, None, OK, SENDER),
    Row("GET /v1/threads/{thread_id}/messages/{message_id}", IN_THREAD, None, OK, PARTICIPANT),
    Row("PUT /v1/threads/{thread_id}/messages/{message_id}", IN_THREAD, {"content": "y"}, OK, SENDER),
    Row("DELETE /v1/threads/{thread_id}/messages/{message_id}", IN_THREAD, None, OK, SENDER),
    Row("GET /v1/analytics/threads/metadata", "/v1/analytics/threads/metadata?key=topic", None, OK, STAFF),
    *(Row(f"GET /v1/analytics/{name}", f"/v1/analytics/{name}", None, OK, STAFF) for name in ANALYTICS.split()),
)
PUBLIC = {"GET /healthz", "GET /readyz"}


def test_the_table_has_every_route() -> None:
    assert {row.route for row in TABLE} | PUBLIC == {str(entry) for entry in NATIVE}
    assert len({row.route for row in TABLE}) == len(TABLE)


@pytest.mark.parametrize("row", TABLE, ids=[row.route for row in TABLE])
def test_each_route_answers_to_whom_it_may_concern(world: World, refused: dict[str, Caller], row: Row) -> None:
    if row.route == "DELETE /v1/users/{user_id}":  # after which this world is another one
        world = World(world.admin)
    answers = world.answers(row, refused)
    if row.route.startswith("DELETE") and row.route != "DELETE /v1/users/{user_id}":
        world.renew()

    let_in = {who: row.status if who in row.may else NO for who in LEAST_FIRST}
    assert {who: answer.status_code for who, answer in answers.items()} == let_in | dict.fromkeys(NOT_LET_IN, WHO)
    for who in LEAST_FIRST:
        assert who in row.may or answers[who].json().keys() == {"error", "detail", "action"}


def test_everybody_may_ask_whether_the_service_works(world: World, refused: dict[str, Caller]) -> None:
    for caller in (*refused.values(), world.stranger, world.admin):
        for entry in PUBLIC:
            assert caller.get(entry.split()[1]).status_code == OK


@pytest.mark.parametrize(
    ("who", "status"), [("admin", OK), ("service", OK), ("owner", NO), ("stranger", NO), ("nobody", WHO)]
)
def test_the_figures_are_for_admins_and_services(
    world: World, refused: dict[str, Caller], who: str, status: int
) -> None:
    caller = refused[who] if who in refused else getattr(world, who)

    assert caller.get("/metrics").status_code == status


@pytest.mark.parametrize("who", ["owner", "service", "admin"])
def test_the_owner_stays_one_and_others_need_not_take_part(world: World, who: str) -> None:
    thread = world.admin.new_thread(owner_id=world.owner.id, participant_ids=[world.sender.id])
    path = f"/v1/threads/{thread['id']}"
    world.admin.put(path, {"participant_ids": []})

    assert getattr(world, who).put(f"{path}/metadata", {}).is_success


def test_one_who_was_put_out_may_nothing_any_more_not_even_change_the_own_message(world: World) -> None:
    thread = world.admin.new_thread(owner_id=world.owner.id, participant_ids=[world.sender.id])
    message = f"/v1/messages/{world.sender.new_message(thread['id'])['id']}"

    world.owner.put(f"/v1/threads/{thread['id']}", {"participant_ids": []})

    assert [world.sender.get(message).status_code, world.sender.put(message, {"content": "x"}).status_code] == [NO, NO]


async def test_a_revoked_key_stops_working_on_every_process_within_the_time_that_is_set(
    mongo_client: AsyncMongoClient[Any], served: LiveServer, world: World
) -> None:
    key = world.admin.new_key(scope="service")
    async with another_process(mongo_client, served, key, key_cache_seconds=0.3) as other:
        believed = (await other.get("/v1/users")).status_code
        await asyncio.to_thread(world.admin.delete, f"/v1/admin/keys/{key[:11]}")
        await asyncio.sleep(0.3)

        assert (believed, (await other.get("/v1/users")).status_code) == (OK, WHO)


async def test_a_verified_key_is_believed_for_a_moment_without_asking_again(
    mongo_client: AsyncMongoClient[Any], served: LiveServer, world: World
) -> None:
    key = world.admin.new_key(scope="service")
    async with another_process(mongo_client, served, key, key_cache_seconds=60) as other:
        await other.get("/v1/users")
        served.database["api_keys"].delete_one({"_id": key[:11]})

        assert (await other.get("/v1/users")).status_code == OK


async def test_without_authentication_everybody_is_an_admin(
    mongo_client: AsyncMongoClient[Any], served: LiveServer
) -> None:
    async with another_process(mongo_client, served, None, auth=False) as other:
        assert (await other.post("/v1/users", json={})).status_code == MADE


def test_the_key_of_an_erased_user_makes_nothing_any_more(admin: Caller) -> None:
    ada = admin.new_user()
    ada.new_thread()
    admin.delete(f"/v1/users/{ada.id}")

    # For the moment in which the key is still believed.
    assert ada.post("/v1/threads", {}).status_code in {400, WHO}
    assert ada.post(f"/v1/users/{ada.id}/apikeys", {}).status_code in {404, WHO}
