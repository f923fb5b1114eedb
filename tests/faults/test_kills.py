"""`kill -9` under load, with restarts: the service, and, separately, the embedded server."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.embedded import EmbeddedServer
from threadkeep.keep import Threadkeep
from threadkeep.tests.faults.inspecting import inspect, sweep
from threadkeep.tests.faults.load import Load, patient
from threadkeep.tests.faults.processes import ADMIN_KEY

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.tests.faults.load import Book
    from threadkeep.tests.faults.processes import Serve, Service

LENGTHS = [
    pytest.param(8, id="short"),
    pytest.param(180, id="long", marks=[pytest.mark.chaos, pytest.mark.timeout(0)]),
]
WRITERS = 8


async def run_load(service: Service, faults: Any) -> Book:
    """Write to three threads of one owner, and to new ones, while the faults happen."""
    clients = [patient(service.url, ADMIN_KEY) for _ in range(4)]
    owner = await clients[0].user_service.create_user(full_name="Ada")
    threads = [(await clients[0].thread_service.create_thread([owner.id])).id for _ in range(3)]
    load = Load(clients, owner.id, threads)
    try:
        return await load.run(WRITERS, faults)
    finally:
        for client in clients:
            await client.aclose()


def report(what: str, book: Book, kills: int) -> None:
    """Say what was held, for docs/guarantees.md."""
    sent = book.acknowledged
    print(
        f"{what}: {kills} kills, {sent} messages acknowledged, {len(book.doubtful)} doubtful, {book.reads} pages read"
    )


@pytest.mark.parametrize("seconds", LENGTHS)
async def test_killing_the_service_loses_and_doubles_nothing(
    serve: Serve, mongo_url: str, database_name: str, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    kills = 0
    with serve(mongo_url, database=database_name, sweep_seconds=1) as service:

        async def kill_now_and_then() -> None:
            nonlocal kills
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                await asyncio.sleep(0.3 + kills % 7 / 5)
                await asyncio.to_thread(service.kill)
                kills += 1
                service.start()
                await asyncio.to_thread(service.wait_until, 200)
            await asyncio.sleep(0.5)

        book = await run_load(service, kill_now_and_then)
    async with Threadkeep.connect(mongo_url, database=database_name, sweep_seconds=None, timeout_seconds=60) as keep:
        await sweep(keep, monkeypatch)
        faults = await inspect(keep, book)

    report("service", book, kills)
    assert faults == []
    assert not book.errors
    assert kills >= 2
    assert book.acknowledged > 50


@pytest.mark.parametrize("seconds", LENGTHS)
async def test_killing_the_embedded_server_loses_and_doubles_nothing(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    kills = 0
    async with EmbeddedServer.start(tmp_path / "data") as server:
        with serve(server.url, sweep_seconds=1, database_timeout_seconds=2) as service:

            async def kill_now_and_then() -> None:
                nonlocal kills
                deadline = time.monotonic() + seconds
                while time.monotonic() < deadline:
                    await asyncio.sleep(0.3 + kills % 7 / 5)
                    killed = server.pid
                    assert killed is not None
                    os.kill(killed, signal.SIGKILL)
                    kills += 1
                    while server.pid == killed or server.error is not None:
                        await asyncio.sleep(0.02)
                    await asyncio.to_thread(service.wait_until, 200)
                await asyncio.sleep(0.5)

            book = await run_load(service, kill_now_and_then)
        async with Threadkeep.connect(server.url, sweep_seconds=None, timeout_seconds=60) as keep:
            await sweep(keep, monkeypatch)
            faults = await inspect(keep, book)

    report("embedded server", book, kills)
    assert faults == []
    assert not book.errors
    assert kills >= 2
    assert book.acknowledged > 50
