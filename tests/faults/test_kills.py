"""`kill -9` of the service and of the embedded server under load, with restarts."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from typing import TYPE_CHECKING

import pytest

from threadkeep.embedded import EmbeddedServer
from threadkeep.keep import Threadkeep
from threadkeep.tests.faults.consistency import sweep, violations_of
from threadkeep.tests.faults.load import report, run_load, until_acknowledged

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.tests.faults.load import Results
    from threadkeep.tests.faults.processes import Serve

LONG = [pytest.mark.chaos, pytest.mark.timeout(0)]
KILLS = [pytest.param(2, id="short", marks=pytest.mark.slow), pytest.param(80, id="long", marks=LONG)]
KILLS_OF_THE_DATABASE = [pytest.param(2, id="short", marks=pytest.mark.chaos), pytest.param(25, id="long", marks=LONG)]
"""Fewer, because the embedded server is started again after a pause that grows with each kill."""
WRITERS = 8
BETWEEN_KILLS = 15
"""Acknowledged messages before each kill and after the last one. A slow machine takes longer for the same load."""


async def until_next(results: Results) -> None:
    """Wait for `BETWEEN_KILLS` acknowledged messages, and then for a random time."""
    await until_acknowledged(results, BETWEEN_KILLS)
    await asyncio.sleep(random.random() / 20)  # noqa: S311 - not for security


async def until_restarted(server: EmbeddedServer, pid: int) -> None:
    while server.pid == pid or server.error is not None:  # noqa: ASYNC110 - a thread restarts it
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("kills", KILLS)
async def test_kills_of_the_service_lose_and_duplicate_no_message(
    serve: Serve, mongo_url: str, database_name: str, kills: int
) -> None:
    with serve(mongo_url, database=database_name, sweep_seconds=1) as service:

        async def kill_repeatedly(results: Results) -> None:
            for _ in range(kills):
                await until_next(results)
                await asyncio.to_thread(service.kill)
                service.start()
            await until_next(results)

        results = await run_load([service.url], kill_repeatedly, writers=WRITERS)
    async with Threadkeep.connect(mongo_url, database=database_name, sweep_seconds=None, timeout_seconds=60) as keep:
        await sweep(keep)
        violations = await violations_of(keep, results)

    report("kill -9 of the service", results, kills=kills)
    assert violations == []
    assert not results.errors


@pytest.mark.parametrize("kills", KILLS_OF_THE_DATABASE)
async def test_kills_of_the_embedded_server_lose_and_duplicate_no_message(
    serve: Serve, tmp_path: Path, kills: int
) -> None:
    async with EmbeddedServer.start(tmp_path / "data") as server:
        with serve(server.url, sweep_seconds=1, database_timeout_seconds=2) as service:

            async def kill_repeatedly(results: Results) -> None:
                for _ in range(kills):
                    await until_next(results)
                    killed = server.pid
                    assert killed is not None
                    os.kill(killed, signal.SIGKILL)
                    await until_restarted(server, killed)
                await until_next(results)

            results = await run_load([service.url], kill_repeatedly, writers=WRITERS)
        async with Threadkeep.connect(server.url, sweep_seconds=None, timeout_seconds=60) as keep:
            await sweep(keep)
            violations = await violations_of(keep, results)

    report("kill -9 of the embedded server", results, kills=kills)
    assert violations == []
    assert not results.errors
