"""Fixtures of these tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.keep import Threadkeep

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pymongo import AsyncMongoClient


@pytest.fixture
def database_name(emptied_database_name: str) -> str:
    """Reuse one database with empty collections: these tests are many, and none is about the creation of a database."""
    return emptied_database_name


@pytest.fixture
async def other_keep(mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str) -> AsyncIterator[Threadkeep]:
    """A second Threadkeep on the same database, as another process would have it: it shares no memory with `keep`."""
    async with Threadkeep(mongo_client, database=database_name, sweep_seconds=None) as keep:
        yield keep
