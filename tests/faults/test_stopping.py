"""SIGTERM: running requests are completed within a deadline, and new connections are refused."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from threadkeep.tests.faults.processes import ADMIN_KEY
from threadkeep.tests.faults.proxy import Proxy, proxying
from threadkeep.tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo import MongoClient
    from pymongo.database import Database

    from threadkeep.tests.faults.processes import Serve, Service


@pytest.fixture
def proxy(mongo: MongoClient[dict[str, Any]]) -> Iterator[Proxy]:
    """A proxy between the service and its database."""
    with proxying(mongo.address or ("", 0)) as proxy:
        yield proxy


def url_through(proxy: Proxy, mongo: MongoClient[dict[str, Any]], mongo_url: str) -> str:
    return mongo_url.replace("{}:{}".format(*(mongo.address or ())), proxy.address)


async def begin_appending(
    service: Service, proxy: Proxy, client: httpx2.AsyncClient, database: Database[dict[str, Any]]
) -> asyncio.Task[httpx2.Response]:
    """Send a request that waits for its database, and then tell the service to stop."""
    thread = (await client.post("/v1/threads", json={})).json()["id"]
    proxy.mute = True
    headers = {"idempotency-key": "k"}
    path = f"/v1/threads/{thread}/messages"
    appending = asyncio.create_task(client.post(path, json={"content": "x"}, headers=headers))

    async def was_claimed() -> bool:
        return database["idempotency_keys"].count_documents({}) > 0

    await until(was_claimed)
    service.terminate()
    return appending


async def is_closed(service: Service) -> bool:
    return await asyncio.to_thread(service.status_of, "/healthz") is None


@pytest.mark.slow
async def test_a_running_request_is_completed_and_the_next_connection_refused(
    serve: Serve, proxy: Proxy, mongo: MongoClient[dict[str, Any]], mongo_url: str, database_name: str
) -> None:
    headers = {"authorization": f"Bearer {ADMIN_KEY}"}
    with serve(url_through(proxy, mongo, mongo_url), database=database_name) as service:
        async with httpx2.AsyncClient(base_url=service.url, headers=headers, timeout=30) as client:
            appending = await begin_appending(service, proxy, client, mongo[database_name])
            await until(lambda: is_closed(service))
            proxy.mute = False
            answer = await appending
            ended = await asyncio.to_thread(service.wait)

    assert (answer.status_code, answer.json()["seq"], ended) == (200, 1, 0)


@pytest.mark.slow
async def test_an_incomplete_request_does_not_keep_the_process_running(
    serve: Serve, mongo_url: str, database_name: str
) -> None:
    with serve(mongo_url, database=database_name, receive_timeout_seconds=60, shutdown_seconds=0.3) as service:
        _, writer = await asyncio.open_connection("127.0.0.1", service.port)
        writer.write(b"POST /v1/threads HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n")
        writer.write(f"authorization: Bearer {ADMIN_KEY}\r\ncontent-length: 100\r\n\r\n{{".encode())
        await writer.drain()
        await asyncio.to_thread(service.wait_until, 200)  # by now, the service has received the data above
        service.terminate()
        began = time.monotonic()
        ended = await asyncio.to_thread(service.wait)
        took = time.monotonic() - began
        writer.close()

    assert ended == 0
    assert took < 20
