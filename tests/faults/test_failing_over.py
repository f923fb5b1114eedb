"""What the database reports when its primary steps down, breaks off or hangs."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.faults.fail_points import failing
from threadkeep.tests.faults.outages import DEADLINE, LATE, TIMEOUT, assert_asks_to_try_again, insist

if TYPE_CHECKING:
    import httpx2
    from pymongo import MongoClient

    from threadkeep.tests.faults.outages import Place

STEPPING_DOWN = [
    pytest.param({"errorCode": 10107}, id="not primary"),
    *(pytest.param({"errorCode": code}, id=str(code), marks=pytest.mark.chaos) for code in (189, 11602, 91)),
]
ALL = ("find", "insert", "update", "findAndModify", "aggregate", "delete", "getMore", "commitTransaction")


@pytest.mark.parametrize(
    "fault",
    [
        *STEPPING_DOWN,
        pytest.param({"closeConnection": True}, id="connection closed"),
        pytest.param({"blockConnection": True, "blockTimeMS": int(TIMEOUT * 1500)}, id="blocked"),
    ],
)
@pytest.mark.usefixtures("ready")
async def test_fault_of_the_database_is_worded_by_each_door_and_passes(
    client: httpx2.AsyncClient, mongo: MongoClient[dict[str, Any]], fault: dict[str, Any]
) -> None:
    thread_id = (await client.post("/v1/threads", json={})).json()["id"]

    with failing(mongo, *ALL, **fault):
        began = time.monotonic()
        answers = await asyncio.gather(
            client.post(f"/v1/threads/{thread_id}/messages", json={"content": "x"}),
            client.post(f"/v1/threads/{thread_id}/messages", json={"messages": [{"content": "x"}, {"content": "y"}]}),
            client.post("/v1/threads", json={"messages": [{"content": "x"}]}, headers={"idempotency-key": str(fault)}),
            client.get(f"/v1/threads/{thread_id}/messages"),
            client.get("/v1/threads"),
            client.get(f"/openai/v1/threads/{thread_id}"),
            client.delete(f"/v1/threads/{thread_id}"),
        )
        took = time.monotonic() - began
    assert (await insist(client, "/v1/threads", {})).is_success

    for answer in answers:
        assert_asks_to_try_again(answer)
    assert took < DEADLINE + LATE


@pytest.mark.usefixtures("ready")
async def test_write_that_happened_though_the_database_reported_a_fault_is_found_again(
    client: httpx2.AsyncClient, mongo: MongoClient[dict[str, Any]]
) -> None:
    thread_id = (await client.post("/v1/threads", json={})).json()["id"]
    path = f"/v1/threads/{thread_id}/messages"
    headers = {"idempotency-key": "written in spite of it"}

    with failing(mongo, "insert", "update", writeConcernError={"code": 91, "errmsg": "shutting down"}):
        first = await client.post(path, json={"content": "x"}, headers=headers)
    again = await insist(client, path, {"content": "x"}, headers)

    assert_asks_to_try_again(first)
    assert (again.status_code, again.json()["seq"]) == (200, 1)
    assert len((await client.get(path)).json()["data"]) == 1


async def test_request_that_takes_too_long_is_answered_and_done_once(
    ready: Place, client: httpx2.AsyncClient, mongo: MongoClient[dict[str, Any]]
) -> None:
    thread_id = (await client.post("/v1/threads", json={})).json()["id"]
    path = f"/v1/threads/{thread_id}/messages"
    headers = {"idempotency-key": "slow"}
    assert ready.service.ask("/readyz") == 200

    with failing(mongo, *ALL, blockConnection=True, blockTimeMS=int(TIMEOUT * 800)):
        began = time.monotonic()
        first = await client.post(path, json={"content": "x"}, headers=headers)
        took = time.monotonic() - began
    again = await insist(client, path, {"content": "x"}, headers)

    assert_asks_to_try_again(first)
    assert took < DEADLINE + LATE
    assert (again.status_code, again.json()["seq"]) == (200, 1)
    assert len((await client.get(path)).json()["data"]) == 1
