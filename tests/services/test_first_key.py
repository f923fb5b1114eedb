"""The first admin key: processes that start at the same time create one."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.keep import Threadkeep
from threadkeep.settings import Settings
from threadkeep.startup import first_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pymongo import AsyncMongoClient

SETTINGS = Settings(_env_file=None)


@pytest.fixture
async def keeps(
    mongo_client: AsyncMongoClient[dict[str, Any]], emptied_database_name: str
) -> AsyncIterator[list[Threadkeep]]:
    """Four Threadkeeps on one database, as four processes."""
    async with AsyncExitStack() as exits:
        opening = [Threadkeep(mongo_client, database=emptied_database_name, sweep_seconds=None) for _ in range(4)]
        yield [await exits.enter_async_context(keep) for keep in opening]


async def test_processes_that_start_at_the_same_time_create_one_admin_key(keeps: list[Threadkeep]) -> None:
    made = [key for key in await asyncio.gather(*(first_key(keep, SETTINGS) for keep in keeps)) if key is not None]
    later = await first_key(keeps[0], SETTINGS)
    (stored,) = await keeps[0].key_service.list_keys()

    assert [key[:11] for key in made] == [stored.prefix]
    assert (stored.scope, stored.key_name, later) == ("admin", "first key", None)


async def test_a_process_waits_for_one_that_was_killed_before_it_created_the_key(keeps: list[Threadkeep]) -> None:
    until = datetime.now(UTC) + timedelta(seconds=0.3)
    leases = keeps[0].runtime.documents.leases.get_pymongo_collection()
    await leases.insert_one({"_id": "first_key", "holder": "first_key_killed", "until": until})

    assert await first_key(keeps[0], SETTINGS) is not None


async def test_without_authentication_no_key_is_created(keeps: list[Threadkeep]) -> None:
    assert await first_key(keeps[0], Settings(_env_file=None, auth=False)) is None
    assert list(await keeps[0].key_service.list_keys()) == []
