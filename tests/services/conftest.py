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
    """One that is there already: these tests are many, and none of them is about how a database begins."""
    return emptied_database_name


@pytest.fixture
async def other_keep(mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str) -> AsyncIterator[Threadkeep]:
    """What another process would be: a second Threadkeep on the same database, which remembers for itself."""
    async with Threadkeep(mongo_client, database=database_name, sweep_seconds=None) as keep:
        yield keep
