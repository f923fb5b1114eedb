from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.services.analytics.rollups import Rollups
from threadkeep.tests.services.analytics.conversations import Conversations, sample_conversations
from threadkeep.tests.services.analytics.facts import StoreMessage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo import MongoClient

    from threadkeep.documents import Documents
    from threadkeep.keep import Threadkeep


@pytest.fixture(scope="session")
def sample(mongo: MongoClient[dict[str, Any]], mongo_url: str) -> Iterator[Conversations]:
    """The database of the sample answers in docs/analytics.md. Tests only read it."""
    with sample_conversations(mongo, mongo_url) as made:
        yield made


@pytest.fixture
def keep(shared_keep: Threadkeep) -> Threadkeep:
    """These tests only call services."""
    return shared_keep


@pytest.fixture
def database_name(keep: Threadkeep) -> str:
    """The database of `keep`."""
    return keep.runtime.documents.database.name


@pytest.fixture
def rollups(documents: Documents) -> Rollups:
    """Rollups without a look-back, so that a run does not find a missed change by chance."""
    return Rollups(documents, look_back=timedelta(0))


@pytest.fixture
def store_message(documents: Documents) -> StoreMessage:
    return StoreMessage(documents)


@pytest.fixture
def slow(mongo: MongoClient[dict[str, Any]]) -> Iterator[None]:
    """Delay every aggregation by 1 second."""
    block = {"failCommands": ["aggregate"], "blockConnection": True, "blockTimeMS": 1000}
    mongo.admin.command("configureFailPoint", "failCommand", mode="alwaysOn", data=block)
    yield
    mongo.admin.command("configureFailPoint", "failCommand", mode="off")
