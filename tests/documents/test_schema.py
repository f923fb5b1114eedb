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


async def test_an_empty_database_lacks_everything_and_then_nothing(database: Database) -> None:
    lacking = await differences(database, TEMPLATES)
    for change in lacking:
        await change.apply(database)

    assert "create collection messages" in map(str, lacking)
    assert "create index messages.thread_id_1_seq_1" in map(str, lacking)
    assert "create view daily_activity" in map(str, lacking)
    assert await differences(database, TEMPLATES) == []


async def test_several_processes_open_at_once(database: Database) -> None:
    await asyncio.gather(*(Documents.bind(database) for _ in range(4)))

    assert await differences(database, TEMPLATES) == []


async def test_a_collection_without_a_validator_gets_one(database: Database) -> None:
    await database["leases"].insert_one({**LEASE, "until": "an old mistake"})

    (change,) = await differences(database, [Lease], views=())
    await change.apply(database)

    assert str(change) == "change the validator of collection leases"
    with pytest.raises(WriteError, match="failed validation"):
        await database["leases"].insert_one({"_id": "another"})


async def test_a_document_from_before_the_rule_can_still_be_changed(database: Database) -> None:
    await database["leases"].insert_one({**LEASE, "until": "an old mistake"})
    await prepare(database, [Lease])

    await database["leases"].update_one({"_id": "sweeper"}, {"$set": {"holder": "process_2"}})

    assert (await database["leases"].find_one() or {})["holder"] == "process_2"


async def test_the_validator_of_a_newer_process_is_left_alone(database: Database) -> None:
    newer = validator_of(Lease)
    newer["$jsonSchema"] |= {"title": "threadkeep leases, schema version 2", "required": []}
    await database.create_collection("leases", validator=newer)

    assert await differences(database, [Lease], views=()) == []


async def test_a_validator_that_was_loosened_is_tightened_again(database: Database) -> None:
    await prepare(database, [Lease])
    await database.command("collMod", "leases", validationAction="warn")

    assert [str(change) for change in await differences(database, [Lease])] == [
        "change the validator of collection leases"
    ]


async def test_a_view_follows_its_pipeline(database: Database) -> None:
    await prepare(database, TEMPLATES)
    other = replace(DAILY_ACTIVITY, pipeline=[{"$match": {"_id": "nothing"}}])

    (change,) = await differences(database, TEMPLATES, views=[other], indexes=False)
    await change.apply(database)

    assert str(change) == "change view daily_activity"
    assert await differences(database, TEMPLATES, views=[other], indexes=False) == []
    assert len(await differences(database, TEMPLATES, views=VIEWS, indexes=False)) == 1


async def test_who_may_not_change_the_schema_can_still_work(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def refuse(*_: object) -> None:
        raise OperationFailure("not authorized", UNAUTHORIZED)

    monkeypatch.setattr(Validator, "apply", refuse)
    await prepare(database, [Lease])

    said = "schema_not_applied change='create collection leases' remedy='threadkeep migrate'"
    assert ("threadkeep.documents.schema", logging.WARNING, said) in caplog.record_tuples


async def test_who_may_not_create_indexes_can_work_where_they_are(
    mongo: MongoClient[dict[str, Any]], database: Database
) -> None:
    lacking = pytest.raises(
        StartupError, match=r"lacks these indexes: users\.\w+, .* `threadkeep migrate` as a user who may"
    )
    with failing(mongo, "createIndexes", errorCode=UNAUTHORIZED), lacking:
        await Documents.bind(database)
    await Documents.bind(database)
    with failing(mongo, "createIndexes", errorCode=UNAUTHORIZED):
        await Documents.bind(database)


async def test_index_that_only_has_the_name_is_not_there(database: Database) -> None:
    await Documents.bind(database)
    await database["messages"].drop_index("thread_id_1_seq_1")
    await database["messages"].create_index([("thread_id", 1), ("seq", 1)])

    assert [*map(str, await differences(database, TEMPLATES))] == ["create index messages.thread_id_1_seq_1"]


async def test_another_fault_while_indexes_are_made_is_no_question_of_rights(
    mongo: MongoClient[dict[str, Any]], database: Database
) -> None:
    await Documents.bind(database)
    with failing(mongo, "createIndexes", errorCode=UNAUTHORIZED + 1), pytest.raises(OperationFailure):
        await Documents.bind(database)
