"""A query that takes too long also ends in the database, not only for its client."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import httpx2
import psutil
import pymongo
import pytest
from pymongo import AsyncMongoClient, MongoClient
from pymongo.errors import PyMongoError
from pymongo.monitoring import CommandListener

from threadkeep.app import create_app
from threadkeep.documents import open_client
from threadkeep.embedded import EmbeddedServer
from threadkeep.errors import Unavailable
from threadkeep.keep import Threadkeep
from threadkeep.services import translate
from threadkeep.settings import Settings
from threadkeep.tests.waiting import until

WITHOUT_TIME_LIMIT = {"hello", "ismaster", "endSessions", "killCursors", "getMore", "saslStart", "saslContinue"}
GROUP: list[dict[str, Any]] = [{"$unwind": "$numbers"}, {"$group": {"_id": "$numbers", "count": {"$sum": 1}}}]


class Sent(CommandListener):
    """The commands that a client sent, with the time that the server may take for each."""

    def __init__(self) -> None:
        self.times: list[tuple[str, int | None]] = []

    def started(self, event: Any) -> None:
        if event.command_name not in WITHOUT_TIME_LIMIT:
            self.times.append((event.command_name, event.command.get("maxTimeMS")))

    def succeeded(self, event: Any) -> None: ...

    def failed(self, event: Any) -> None: ...


@pytest.mark.parametrize(("options", "most"), [({}, 3000), ({"timeoutMS": 2000}, 2000)], ids=["host's client", "ours"])
async def test_every_command_of_a_request_has_a_time_limit(
    mongo_url: str, emptied_database_name: str, options: dict[str, Any], most: int
) -> None:
    sent = Sent()
    client: AsyncMongoClient[Any] = AsyncMongoClient(mongo_url, event_listeners=[sent], **options)
    keep = Threadkeep(client, database=emptied_database_name, sweep_seconds=None)
    app = create_app(Settings(_env_file=None, auth=False, request_timeout_seconds=3), keep=keep)
    transport = httpx2.ASGITransport(app)
    served = httpx2.AsyncClient(transport=transport, base_url="http://localhost")
    async with client, keep, app.router.lifespan_context(app), served as http:
        await http.get("/v1/users")
        sent.times.clear()
        made = await http.post("/v1/threads", json={"messages": [{"content": "x", "role": "system"}]})
        path = f"/v1/threads/{made.json()['id']}"
        await http.post(f"{path}/messages", json={"content": "y", "role": "system"})
        answers = [
            await http.get(path),
            await http.get(f"{path}/messages?role=system"),
            await http.get("/v1/threads"),
        ]
        times = list(sent.times)

    assert [response.status_code for response in (made, *answers)] == [200] * 4
    assert {name for name, _ in times} >= {"find", "insert", "aggregate"}
    assert [(name, allowed) for name, allowed in times if allowed is None or not 0 < allowed <= most] == []


@pytest.mark.slow
async def test_a_slow_query_ends_in_the_server() -> None:
    """The server is the test's own, so that it is idle without the query."""
    async with EmbeddedServer.start(":memory:") as running:
        server = psutil.Process(running.pid)
        with MongoClient[dict[str, Any]](running.url) as mongo:
            mongo["test"]["rows"].insert_many([{"_id": number, "numbers": list(range(50))} for number in range(3000)])
            before = cpu_seconds(server)
            list(mongo["test"]["rows"].aggregate(GROUP))
            whole = cpu_seconds(server) - before

        before = cpu_seconds(server)
        async with open_client(running.url, timeout_seconds=whole / 5, max_connections=2) as client:
            with pymongo.timeout(20):
                await client.admin.command("ping")
            with pytest.raises(PyMongoError) as late:
                await (await client["test"]["rows"].aggregate(GROUP)).to_list()
        await until(partial(is_idle, server))

        assert isinstance(translate(late.value), Unavailable)
        assert cpu_seconds(server) - before < 0.7 * whole


def cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


async def is_idle(process: psutil.Process) -> bool:
    """Return whether the process used almost no CPU time for half a second."""
    before = cpu_seconds(process)
    await asyncio.sleep(0.5)
    return cpu_seconds(process) - before < 0.05
