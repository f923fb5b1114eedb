"""Operations that are cancelled while the database is away leave the driver usable (decision 98)."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from typing import Any

import pymongo
import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from threadkeep.documents import open_client

NOBODY_LISTENS = "mongodb://127.0.0.1:1/?directConnection=true&serverMonitoringMode=poll"


async def read(client: AsyncMongoClient[dict[str, Any]]) -> None:
    with suppress(PyMongoError), pymongo.timeout(0.8):
        await client.test.test.find_one({})


async def read_and_cancel(client: AsyncMongoClient[dict[str, Any]], chance: random.Random, times: int) -> None:
    """Cancel a read in the middle: a client leaves, and at the same moment the time of its request is over."""
    reading = asyncio.create_task(read(client))
    for pause in (chance.random(), *(chance.random() / 500 for _ in range(times - 1))):
        await asyncio.sleep(pause)
        reading.cancel()
    with suppress(asyncio.CancelledError):
        await reading


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 2, 3])
async def test_cancelled_operations_keep_no_lock_of_the_driver(times: int) -> None:
    chance = random.Random(times)  # noqa: S311 - the same moments in each run
    async with open_client(NOBODY_LISTENS, timeout_seconds=2, max_connections=10) as client:
        await asyncio.gather(*(read_and_cancel(client, chance, times) for _ in range(200)))

        async with asyncio.timeout(5):  # it would wait for the lock for ever
            await read(client)
