from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.services.analytics.rollups import Rollups
from threadkeep.tests.services.analytics.conversations import SAMPLE, Conversations, conversations
from threadkeep.tests.services.analytics.facts import Say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo import MongoClient

    from threadkeep.documents import Documents


@pytest.fixture(scope="session")
def sample(mongo: MongoClient[dict[str, Any]], mongo_url: str) -> Iterator[Conversations]:
    """The database that the samples of docs/analytics.md are from: only to be read."""
    with conversations(mongo, mongo_url, SAMPLE) as made:
        yield made


@pytest.fixture
def database_name(emptied_database_name: str) -> str:
    """A database with its collections: making them anew for each test is what costs."""
    return emptied_database_name


@pytest.fixture
def rollups(documents: Documents) -> Rollups:
    """Rollups that do not look back, so that a missed change is not computed again by chance."""
    return Rollups(documents, look_back=timedelta(0))


@pytest.fixture
def say(documents: Documents) -> Say:
    return Say(documents)


@pytest.fixture
def slow(mongo: MongoClient[dict[str, Any]]) -> Iterator[None]:
    """Every aggregation takes a second before it begins."""
    block = {"failCommands": ["aggregate"], "blockConnection": True, "blockTimeMS": 1000}
    mongo.admin.command("configureFailPoint", "failCommand", mode="alwaysOn", data=block)
    yield
    mongo.admin.command("configureFailPoint", "failCommand", mode="off")
