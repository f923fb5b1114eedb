"""`kill -9` under load, with restarts: the service, and, separately, the embedded server."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from threadkeep.embedded import EmbeddedServer
from threadkeep.keep import Threadkeep
from threadkeep.tests.faults.inspecting import inspect, sweep
from threadkeep.tests.faults.load import report, run_load

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.tests.faults.processes import Serve

LENGTHS = [
    pytest.param(8, id="short"),
    pytest.param(180, id="long", marks=[pytest.mark.chaos, pytest.mark.timeout(0)]),
]
WRITERS = 8


async def until_restarted(server: EmbeddedServer, pid: int) -> None:
    while server.pid == pid or server.error is not None:  # noqa: ASYNC110 - a thread restarts it
        await asyncio.sleep(0.02)


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

        book = await run_load([service.url], kill_now_and_then, writers=WRITERS)
    async with Threadkeep.connect(mongo_url, database=database_name, sweep_seconds=None, timeout_seconds=60) as keep:
        await sweep(keep, monkeypatch)
        faults = await inspect(keep, book)

    report("kill -9 of the service", book, kills=kills)
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
                    await until_restarted(server, killed)
                    await asyncio.to_thread(service.wait_until, 200)
                await asyncio.sleep(0.5)

            book = await run_load([service.url], kill_now_and_then, writers=WRITERS)
        async with Threadkeep.connect(server.url, sweep_seconds=None, timeout_seconds=60) as keep:
            await sweep(keep, monkeypatch)
            faults = await inspect(keep, book)

    report("kill -9 of the embedded server", book, kills=kills)
    assert faults == []
    assert not book.errors
    assert kills >= 2
    assert book.acknowledged > 50
