from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from pymongo.errors import OperationFailure, WriteError

from threadkeep.documents import Documents, Lease
from threadkeep.documents.binding import TEMPLATES
from threadkeep.documents.schema import Validator, differences, prepare
from threadkeep.documents.validators import validator_of
from threadkeep.documents.views import DAILY_ACTIVITY, VIEWS
from threadkeep.errors import StartupError
from threadkeep.tests.faults.fail_points import failing

if TYPE_CHECKING:
    from pymongo import AsyncMongoClient, MongoClient
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

UNAUTHORIZED = 13
LEASE = {"_id": "sweeper", "holder": "process_1"}


@pytest.fixture
def database(mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str) -> Database:
    return mongo_client[database_name]


async def test_the_changes_for_an_empty_database_create_everything(database: Database) -> None:
    changes = await differences(database, TEMPLATES)
    for change in changes:
        await change.apply(database)

    assert "create collection messages" in map(str, changes)
    assert "create index messages.thread_id_1_seq_1" in map(str, changes)
    assert "create view daily_activity" in map(str, changes)
    assert await differences(database, TEMPLATES) == []


@pytest.mark.slow
async def test_concurrent_binds_create_the_whole_schema(database: Database) -> None:
    await asyncio.gather(*(Documents.bind(database) for _ in range(4)))

    assert await differences(database, TEMPLATES) == []


async def test_a_collection_without_a_validator_gets_one(database: Database) -> None:
    await database["leases"].insert_one({**LEASE, "until": "not a date"})

    (change,) = await differences(database, [Lease], views=())
    await change.apply(database)

    assert str(change) == "change the validator of collection leases"
    with pytest.raises(WriteError, match="failed validation"):
        await database["leases"].insert_one({"_id": "another"})


async def test_a_document_that_violates_its_validator_can_still_be_changed(database: Database) -> None:
    await database["leases"].insert_one({**LEASE, "until": "not a date"})
    await prepare(database, [Lease])

    await database["leases"].update_one({"_id": "sweeper"}, {"$set": {"holder": "process_2"}})

    assert (await database["leases"].find_one() or {})["holder"] == "process_2"


async def test_the_validator_of_a_newer_schema_version_is_not_changed(database: Database) -> None:
    newer = validator_of(Lease)
    newer["$jsonSchema"] |= {"title": "threadkeep leases, schema version 2", "required": []}
    await database.create_collection("leases", validator=newer)

    assert await differences(database, [Lease], views=()) == []


async def test_a_validator_with_another_action_is_changed_back(database: Database) -> None:
    await prepare(database, [Lease])
    await database.command("collMod", "leases", validationAction="warn")

    assert [str(change) for change in await differences(database, [Lease])] == [
        "change the validator of collection leases"
    ]


async def test_a_view_is_changed_if_its_pipeline_changed(database: Database) -> None:
    await prepare(database, TEMPLATES)
    other = replace(DAILY_ACTIVITY, pipeline=[{"$match": {"_id": "nothing"}}])

    (change,) = await differences(database, TEMPLATES, views=[other], indexes=False)
    await change.apply(database)

    assert str(change) == "change view daily_activity"
    assert await differences(database, TEMPLATES, views=[other], indexes=False) == []
    assert len(await differences(database, TEMPLATES, views=VIEWS, indexes=False)) == 1


async def test_a_user_who_may_not_change_the_schema_gets_only_a_warning(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def refuse(*_: object) -> None:
        raise OperationFailure("not authorized", UNAUTHORIZED)

    monkeypatch.setattr(Validator, "apply", refuse)
    await prepare(database, [Lease])

    message = "schema_not_applied change='create collection leases' remedy='threadkeep migrate'"
    assert ("threadkeep.documents.schema", logging.WARNING, message) in caplog.record_tuples


@pytest.mark.slow
async def test_a_user_who_may_not_create_indexes_can_bind_if_all_exist(
    mongo: MongoClient[dict[str, Any]], database: Database
) -> None:
    raises = pytest.raises(
        StartupError, match=r"lacks these indexes: users\.\w+, .* `threadkeep migrate` as a user who may"
    )
    with failing(mongo, "createIndexes", errorCode=UNAUTHORIZED), raises:
        await Documents.bind(database)
    await Documents.bind(database)
    with failing(mongo, "createIndexes", errorCode=UNAUTHORIZED):
        await Documents.bind(database)


async def test_an_index_of_the_right_name_with_other_options_counts_as_missing(database: Database) -> None:
    await Documents.bind(database)
    await database["messages"].drop_index("thread_id_1_seq_1")
    await database["messages"].create_index([("thread_id", 1), ("seq", 1)])

    assert [*map(str, await differences(database, TEMPLATES))] == ["create index messages.thread_id_1_seq_1"]


async def test_another_error_of_the_creation_of_indexes_is_raised(
    mongo: MongoClient[dict[str, Any]], database: Database
) -> None:
    with failing(mongo, "createIndexes", errorCode=UNAUTHORIZED + 1), pytest.raises(OperationFailure):
        await Documents.bind(database)
