from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pymongo import AsyncMongoClient

from threadkeep.testing import mongomock_client
from threadkeep.testing.plugin import mongomock_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pymongo.asynchronous.collection import AsyncCollection
    from pymongo.asynchronous.database import AsyncDatabase

__all__ = ["mongomock_database"]


@pytest.fixture(params=["mongomock", "server"])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[AsyncDatabase[dict[str, Any]]]:
    """A new database, once in memory and once on a server. Both must behave in the same way."""
    if request.param == "mongomock":
        async with mongomock_client() as client:
            yield client["test"]
    else:
        name = request.getfixturevalue("database_name")
        async with AsyncMongoClient[dict[str, Any]](request.getfixturevalue("mongo_url")) as client:
            yield client[name]


@pytest.fixture
def things(database: AsyncDatabase[dict[str, Any]]) -> AsyncCollection[dict[str, Any]]:
    return database["things"]


@pytest.fixture
def memory(mongomock_database: AsyncDatabase[dict[str, Any]]) -> AsyncCollection[dict[str, Any]]:
    """A collection in memory, for behaviour of MongoDB that the embedded server does not have."""
    return mongomock_database["things"]
