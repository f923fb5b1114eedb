"""`kill -9` under load, with restarts: the service, and, separately, the embedded server."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from typing import TYPE_CHECKING

import pytest

from threadkeep.embedded import EmbeddedServer
from threadkeep.keep import Threadkeep
from threadkeep.tests.faults.inspecting import inspect, sweep
from threadkeep.tests.faults.load import report, run_load, until_acknowledged

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.tests.faults.load import Book
    from threadkeep.tests.faults.processes import Serve

LONG = [pytest.mark.chaos, pytest.mark.timeout(0)]
KILLS = [pytest.param(2, id="short", marks=pytest.mark.slow), pytest.param(80, id="long", marks=LONG)]
KILLS_OF_THE_DATABASE = [pytest.param(2, id="short", marks=pytest.mark.slow), pytest.param(25, id="long", marks=LONG)]
"""Fewer: what dies again and again is started again after a longer and longer pause."""
WRITERS = 8
BETWEEN_KILLS = 15
"""Messages that are acknowledged before each kill, and after the last: a slow machine takes longer, and holds the same."""


async def until_next(book: Book) -> None:
    """Return at a moment of which writers know nothing, some messages later."""
    await until_acknowledged(book, BETWEEN_KILLS)
    await asyncio.sleep(random.random() / 20)  # noqa: S311 - any moment will do


async def until_restarted(server: EmbeddedServer, pid: int) -> None:
    while server.pid == pid or server.error is not None:  # noqa: ASYNC110 - a thread restarts it
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("kills", KILLS)
async def test_killing_the_service_loses_and_doubles_nothing(
    serve: Serve, mongo_url: str, database_name: str, kills: int
) -> None:
    with serve(mongo_url, database=database_name, sweep_seconds=1) as service:

        async def kill_now_and_then(book: Book) -> None:
            for _ in range(kills):
                await until_next(book)
                await asyncio.to_thread(service.kill)
                service.start()
            await until_next(book)

        book = await run_load([service.url], kill_now_and_then, writers=WRITERS)
    async with Threadkeep.connect(mongo_url, database=database_name, sweep_seconds=None, timeout_seconds=60) as keep:
        await sweep(keep)
        faults = await inspect(keep, book)

    report("kill -9 of the service", book, kills=kills)
    assert faults == []
    assert not book.errors


@pytest.mark.parametrize("kills", KILLS_OF_THE_DATABASE)
async def test_killing_the_embedded_server_loses_and_doubles_nothing(serve: Serve, tmp_path: Path, kills: int) -> None:
    async with EmbeddedServer.start(tmp_path / "data") as server:
        with serve(server.url, sweep_seconds=1, database_timeout_seconds=2) as service:

            async def kill_now_and_then(book: Book) -> None:
                for _ in range(kills):
                    await until_next(book)
                    killed = server.pid
                    assert killed is not None
                    os.kill(killed, signal.SIGKILL)
                    await until_restarted(server, killed)
                await until_next(book)

            book = await run_load([service.url], kill_now_and_then, writers=WRITERS)
        async with Threadkeep.connect(server.url, sweep_seconds=None, timeout_seconds=60) as keep:
            await sweep(keep)
            faults = await inspect(keep, book)

    report("kill -9 of the embedded server", book, kills=kills)
    assert faults == []
    assert not book.errors
