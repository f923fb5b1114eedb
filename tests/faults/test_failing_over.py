"""Requests while the primary of the database steps down, closes connections or does not answer."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.faults.fail_points import failing
from threadkeep.tests.faults.outages import DEADLINE, SLACK, TIMEOUT, assert_unavailable, post_until_accepted

if TYPE_CHECKING:
    import httpx2
    from pymongo import MongoClient

    from threadkeep.tests.faults.outages import ServiceBehindProxy

STEPPING_DOWN = [
    pytest.param({"errorCode": 10107}, id="not primary"),
    *(pytest.param({"errorCode": code}, id=str(code), marks=pytest.mark.chaos) for code in (189, 11602, 91)),
]
ALL = ("find", "insert", "update", "bulkWrite", "findAndModify", "aggregate", "delete", "getMore", "commitTransaction")


@pytest.mark.slow
@pytest.mark.parametrize(
    "failure",
    [
        *STEPPING_DOWN,
        pytest.param({"closeConnection": True}, id="connection closed"),
        pytest.param({"blockConnection": True, "blockTimeMS": int(TIMEOUT * 1500)}, id="blocked"),
    ],
)
@pytest.mark.usefixtures("ready")
async def test_an_error_of_the_database_is_answered_with_503_by_each_api_and_passes(
    client: httpx2.AsyncClient, mongo: MongoClient[dict[str, Any]], failure: dict[str, Any]
) -> None:
    thread_id = (await client.post("/v1/threads", json={})).json()["id"]

    with failing(mongo, *ALL, **failure):
        began = time.monotonic()
        answers = await asyncio.gather(
            client.post(f"/v1/threads/{thread_id}/messages", json={"content": "x"}),
            client.post(f"/v1/threads/{thread_id}/messages", json={"messages": [{"content": "x"}, {"content": "y"}]}),
            client.post(
                "/v1/threads", json={"messages": [{"content": "x"}]}, headers={"idempotency-key": str(failure)}
            ),
            client.get(f"/v1/threads/{thread_id}/messages"),
            client.get("/v1/threads"),
            client.get(f"/openai/v1/threads/{thread_id}"),
            client.delete(f"/v1/threads/{thread_id}"),
        )
        took = time.monotonic() - began
    assert (await post_until_accepted(client, "/v1/threads", {})).is_success

    for answer in answers:
        assert_unavailable(answer)
    assert took < DEADLINE + SLACK


@pytest.mark.slow
@pytest.mark.usefixtures("ready")
async def test_a_retry_finds_a_write_for_which_the_database_reported_an_error(
    client: httpx2.AsyncClient, mongo: MongoClient[dict[str, Any]]
) -> None:
    thread_id = (await client.post("/v1/threads", json={})).json()["id"]
    path = f"/v1/threads/{thread_id}/messages"
    headers = {"idempotency-key": "written despite an error"}

    with failing(mongo, "insert", "update", "bulkWrite", writeConcernError={"code": 91, "errmsg": "shutting down"}):
        first = await client.post(path, json={"content": "x"}, headers=headers)
    again = await post_until_accepted(client, path, {"content": "x"}, headers)

    assert_unavailable(first)
    assert (again.status_code, again.json()["seq"]) == (200, 1)
    assert len((await client.get(path)).json()["data"]) == 1


@pytest.mark.slow
async def test_a_request_above_its_deadline_gets_503_and_is_applied_once(
    ready: ServiceBehindProxy, client: httpx2.AsyncClient, mongo: MongoClient[dict[str, Any]]
) -> None:
    thread_id = (await client.post("/v1/threads", json={})).json()["id"]
    path = f"/v1/threads/{thread_id}/messages"
    headers = {"idempotency-key": "slow"}
    assert ready.service.status_of("/readyz") == 200

    with failing(mongo, *ALL, blockConnection=True, blockTimeMS=int(TIMEOUT * 800)):
        began = time.monotonic()
        first = await client.post(path, json={"content": "x"}, headers=headers)
        took = time.monotonic() - began
    again = await post_until_accepted(client, path, {"content": "x"}, headers)

    assert_unavailable(first)
    assert took < DEADLINE + SLACK
    assert (again.status_code, again.json()["seq"]) == (200, 1)
    assert len((await client.get(path)).json()["data"]) == 1
