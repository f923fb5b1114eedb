from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import AsyncMongoClient

from threadkeep.documents import Documents
from threadkeep.tests.services.analytics.mongosh import Mongosh

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo import MongoClient


@pytest.fixture
def mongosh(
    mongo: MongoClient[dict[str, Any]], mongo_url: str, database_name: str
) -> Callable[[str], list[dict[str, Any]]]:
    """Runs a block on an empty database. `tests/services/analytics/test_cookbook.py` checks the results."""

    async def bind() -> None:
        async with AsyncMongoClient[dict[str, Any]](mongo_url) as client:
            await Documents.bind(client[database_name])

    asyncio.run(bind())
    database = mongo[database_name]
    return lambda code: Mongosh(database).run(code).run(database)
