from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.faults.fail_points import failing
from threadkeep.tests.routers.another_process import another_process

if TYPE_CHECKING:
    from pymongo import AsyncMongoClient, MongoClient

    from threadkeep.tests.live_server import LiveServer

LIMITS: dict[str, Any] = {
    "max_concurrent_requests": 4,
    "max_waiting_requests": 4,
    "max_key_share": 1,
    "request_timeout_seconds": 20,
}
PATHS = ("/v1/threads/thread_gone", "/openai/v1/threads/thread_gone")
SLOW: dict[str, Any] = {"blockConnection": True, "blockTimeMS": 1500}
ADMITTED = 8


@pytest.mark.slow
async def test_a_flood_on_a_slow_database_is_refused_in_the_format_of_each_api_and_leaves_no_trace(
    mongo: MongoClient[dict[str, Any]], mongo_client: AsyncMongoClient[Any], served: LiveServer
) -> None:
    async with another_process(mongo_client, served, served.admin_key, **LIMITS) as client:
        await client.get("/v1/users")  # the cache accepts the key from here on
        with failing(mongo, "find", **SLOW):
            flood = [asyncio.create_task(client.get(PATHS[number % 2])) for number in range(60)]
            done = set[asyncio.Task[Any]]()
            pending = set(flood)
            while len(done) < len(flood) - ADMITTED:
                finished, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                done |= finished
            alive = await client.get("/healthz")
            answers = [await request for request in flood]
        after = [await client.get(path) for path in PATHS]

    refused = [request.result() for request in done]
    assert len(refused) == len(flood) - ADMITTED  # they were refused at once, before the others ended
    for response in refused:
        assert (response.status_code, response.headers["retry-after"]) == (503, "1")
        error = response.json()["error"]
        assert error == "Overloaded" or (error["type"], error["code"]) == ("server_error", "unavailable")
    assert sorted(response.status_code for response in answers) == [404] * ADMITTED + [503] * len(refused)
    assert alive.status_code == 200
    assert [response.status_code for response in after] == [404, 404]
