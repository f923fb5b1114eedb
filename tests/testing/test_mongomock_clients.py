from typing import Any

import pytest
from pymongo import AsyncMongoClient, ReadPreference, WriteConcern
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.driver_info import DriverInfo
from pymongo.errors import CollectionInvalid, InvalidName, InvalidOperation, OperationFailure

from threadkeep.testing import mongomock_client

Database = AsyncDatabase[dict[str, Any]]


async def test_client_database_and_collection_are_pymongos_own_classes() -> None:
    client = mongomock_client()

    assert isinstance(client, AsyncMongoClient)
    assert isinstance(client["a"], AsyncDatabase)
    assert isinstance(client["a"]["b"], AsyncCollection)
    assert client.append_metadata(DriverInfo("test")) is None  # type: ignore[func-returns-value]


async def test_each_client_has_its_own_data() -> None:
    one, other = mongomock_client(), mongomock_client()
    await one["a"]["b"].insert_one({})

    assert await other["a"]["b"].count_documents({}) == 0
    assert one != other
    assert one["a"] == one["a"] != other["a"]


async def test_a_client_takes_the_options_of_pymongo() -> None:
    client = mongomock_client("mongodb://somewhere.invalid/app", tz_aware=True, w="majority")

    assert client.get_default_database().name == client.get_database().name == "app"
    assert client["x"]["y"].codec_options.tz_aware
    assert client["x"]["y"].write_concern == WriteConcern("majority")


async def test_names_and_options_equal_those_of_pymongo(database: Database) -> None:
    things = database.get_collection("a", write_concern=WriteConcern(1), read_preference=ReadPreference.NEAREST)

    assert (things.name, things.full_name, things.database) == ("a", f"{database.name}.a", database)
    assert things.with_options(write_concern=WriteConcern(2)).write_concern == WriteConcern(2)
    assert things.with_options().read_preference == ReadPreference.NEAREST
    assert things["b"].name == things.b.name == "a.b"
    assert database.a == database["a"] == things
    with pytest.raises(InvalidName):
        database["a..b"]
    with pytest.raises(NotImplementedError):
        bool(things)


async def test_ping_hello_and_build_info_are_answered(database: Database) -> None:
    admin = database.client.admin

    assert (await admin.command("ping"))["ok"] == 1.0
    assert (await admin.command({"hello": 1}))["isWritablePrimary"]
    assert int((await database.command({"buildInfo": 1}))["version"].split(".")[0]) >= 5
    assert (await database.client.server_info())["ok"] == 1.0


async def test_an_unsupported_command_is_a_not_implemented_error(mongomock_database: Database) -> None:
    with pytest.raises(NotImplementedError, match="explain"):
        await mongomock_database.command({"explain": {}})
    with pytest.raises(NotImplementedError):
        await mongomock_database["things"].watch()


async def test_collections_appear_when_they_are_written_to(database: Database) -> None:
    await database["read"].find_one()
    await database["written"].insert_one({})

    assert await database.list_collection_names(authorizedCollections=True, nameOnly=True) == ["written"]
    assert [row["name"] async for row in await database.list_collections(filter={"name": "written"})] == ["written"]
    assert await database.list_collection_names(filter={"name": "read"}) == []


async def test_a_collection_is_created_once(database: Database) -> None:
    made = await database.create_collection("made")

    assert await made.insert_one({"_id": 1})
    with pytest.raises(CollectionInvalid):
        await database.create_collection("made")
    with pytest.raises(NotImplementedError, match="capped"):
        await mongomock_client()["a"].create_collection("made", capped=True, size=1000)


async def test_a_validator_is_accepted_and_remembered(database: Database) -> None:
    schema = {"$jsonSchema": {"required": ["a"]}}
    made = await database.create_collection("made", validator=schema, validationLevel="moderate")
    await database.command({"collMod": "made", "validationAction": "warn"})

    options = await made.options()

    assert options["validator"] == schema
    assert (options["validationLevel"], options["validationAction"]) == ("moderate", "warn")


async def test_changing_an_unknown_collection_is_refused(database: Database) -> None:
    with pytest.raises(OperationFailure) as refused:
        await database.command({"collMod": "nothing", "validator": {}})

    assert refused.value.code == 26


async def test_unsupported_methods_of_pymongo_are_not_implemented_errors() -> None:
    client = mongomock_client()

    with pytest.raises(NotImplementedError):
        await client["a"]["b"].find().explain()
    with pytest.raises(NotImplementedError):
        await client.address


async def test_a_dropped_collection_has_no_documents_and_no_indexes(database: Database) -> None:
    things = database["things"]
    await things.create_index("n", unique=True)
    await things.insert_one({"n": 1})
    await things.drop()
    await database.drop_collection("never")

    assert await database.list_collection_names() == []
    assert await things.index_information() == {}
    await things.insert_many([{"n": 1}, {"n": 1}])


async def test_a_renamed_collection_keeps_documents_and_indexes(database: Database) -> None:
    await database["old"].create_index("n", unique=True)
    await database["old"].insert_one({"n": 1})
    await database["old"].rename("new")

    assert await database["new"].count_documents({}) == 1
    with pytest.raises(OperationFailure):
        await database["new"].insert_one({"n": 1})


async def test_databases_are_listed_and_dropped(database: Database) -> None:
    client = database.client
    await database["things"].insert_one({})
    assert database.name in await client.list_database_names()
    assert database.name in [row["name"] async for row in await client.list_databases()]

    await client.drop_database(database)

    assert database.name not in await client.list_database_names()


async def test_a_closed_client_refuses_work() -> None:
    async with mongomock_client() as client:
        await client.aconnect()
    things = client["a"]["b"]

    with pytest.raises(InvalidOperation, match="after close"):
        await things.find_one()
    with pytest.raises(InvalidOperation, match="after close"):
        await things.insert_one({})
    with pytest.raises(InvalidOperation, match="after close"):
        await client.admin.command("ping")


async def test_a_session_without_a_transaction_works(database: Database) -> None:
    things = database["things"]
    async with database.client.start_session() as session:
        await things.insert_one({"_id": 1}, session=session)
        assert await things.find({}, session=session).to_list() == [{"_id": 1}]
        assert await (await things.aggregate([], session=session)).to_list() == [{"_id": 1}]

    assert session.has_ended


async def test_a_transaction_fails_as_on_a_standalone_server(mongomock_database: Database) -> None:
    things = mongomock_database["things"]

    async def write(session: AsyncClientSession) -> None:
        await things.insert_one({"_id": 1}, session=session)

    async with mongomock_database.client.start_session() as session:
        with pytest.raises(OperationFailure, match="replica set") as refused:
            await session.with_transaction(write)
        assert not session.in_transaction
        async with await session.start_transaction():
            with pytest.raises(OperationFailure, match="replica set"):
                await things.find_one({}, session=session)

    assert refused.value.code == 20
    assert await things.count_documents({}) == 0


async def test_a_session_works_only_on_its_client_and_until_it_ends(mongomock_database: Database) -> None:
    things = mongomock_database["things"]
    foreign, ended = mongomock_client().start_session(), mongomock_database.client.start_session()
    await ended.end_session()

    with pytest.raises(InvalidOperation, match="started it"):
        await things.find_one({}, session=foreign)
    with pytest.raises(InvalidOperation, match="ended"):
        await things.find_one({}, session=ended)


@pytest.mark.parametrize("option", [{"collation": {"locale": "en"}}, {"array_filters": [{"x": 1}]}])
async def test_options_that_mongomock_lacks_are_not_implemented_errors(
    mongomock_database: Database, option: Any
) -> None:
    with pytest.raises(NotImplementedError, match="mongomock has no"):
        await mongomock_database["things"].update_one({}, {"$set": {"a": 1}}, **option)
