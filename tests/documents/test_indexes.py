"""Indexes that a database has in another form than the documents declare."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.documents import TEMPLATES, Documents
from threadkeep.documents.collections import collection_of, indexes_of
from threadkeep.documents.indexes import compare_indexes
from threadkeep.documents.schema import differences
from threadkeep.errors import StartupError
from threadkeep.services import Migration

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pymongo import AsyncMongoClient
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

TTL = [
    pytest.param(
        collection_of(document), index.document["name"], id=f"{collection_of(document)} {index.document['name']}"
    )
    for document in TEMPLATES
    for index in indexes_of(document)
    if "expireAfterSeconds" in index.document
]


@pytest.fixture(scope="module")
async def prepared(mongo_client: AsyncMongoClient[dict[str, Any]]) -> AsyncIterator[Database]:
    database = mongo_client[f"test-{secrets.token_hex(8)}"]
    await Documents.bind(database)
    yield database
    await mongo_client.drop_database(database)


@pytest.fixture
async def database(prepared: Database) -> AsyncIterator[Database]:
    """A database of the current schema, with a document in each collection. Its indexes are repaired after the test."""
    for document in TEMPLATES:
        await prepared[collection_of(document)].insert_one({"_id": "a document"}, bypass_document_validation=True)
    yield prepared
    for document in TEMPLATES:
        collection = prepared[collection_of(document)]
        await collection.delete_many({})
        found = await compare_indexes(prepared, document)
        names = {"_id_"} | {index.document["name"] for index in indexes_of(document)}
        if found.missing or found.differing or names != (await collection.index_information()).keys():
            await collection.drop_indexes()
    await Documents.bind(prepared)


async def redo(database: Database, collection: str, index: str, /, **changes: Any) -> None:
    """Create an index again with other options. None removes an option."""
    found = (await database[collection].index_information())[index]
    del found["v"]
    await database[collection].drop_index(index)
    options = {"name": index} | found | changes
    keys = options.pop("key")
    await database[collection].create_index(keys, **{key: value for key, value in options.items() if value is not None})


@pytest.mark.slow
@pytest.mark.parametrize(("collection", "name"), TTL)
async def test_a_start_accepts_another_time_to_live_and_says_so(
    database: Database, collection: str, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    await redo(database, collection, name, expireAfterSeconds=77)
    await Documents.bind(database)

    assert f"index_differs index='{collection}.{name} has expireAfterSeconds 77 instead of" in caplog.text
    assert await Migration(database).plan() == [
        line for line in await Migration(database).plan() if "index" not in line
    ]


@pytest.mark.parametrize("name", ["thread_id_1_seq_1", "created_at_1", "thread_id_1_client_id_1"])
async def test_a_start_accepts_an_index_under_another_name_and_says_so(
    database: Database, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    await redo(database, "messages", name, name="by_the_operator")
    await Documents.bind(database)

    assert f"index_differs index='messages.{name} is called by_the_operator'" in caplog.text
    assert await differences(database, TEMPLATES) == []


async def test_a_start_accepts_further_indexes(database: Database) -> None:
    await database["messages"].create_index("content")
    await Documents.bind(database)


@pytest.mark.parametrize(
    "changes", [{"unique": None}, {"key": [("thread_id", 1)]}, {"name": "other", "unique": None}], ids=str
)
async def test_a_start_refuses_an_index_that_does_not_keep_numbers_unique(
    database: Database, changes: dict[str, Any]
) -> None:
    await redo(database, "messages", "thread_id_1_seq_1", **changes)

    with pytest.raises(
        StartupError, match=r"lacks these indexes: messages\.thread_id_1_seq_1: run `threadkeep migrate`"
    ):
        await Documents.bind(database)


async def test_an_index_with_another_filter_under_another_name_does_not_serve(database: Database) -> None:
    await redo(
        database, "messages", "thread_id_1_client_id_1", name="other", partialFilterExpression={"seq": {"$gt": 0}}
    )

    with pytest.raises(StartupError, match=r"messages\.thread_id_1_client_id_1"):
        await Documents.bind(database)
