from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any

import pytest
from pymongo.asynchronous.collection import AsyncCollection
from typer.testing import CliRunner

from threadkeep.cli import app
from threadkeep.documents import Documents
from threadkeep.documents.upgrades import Upgrade
from threadkeep.errors import EmailTaken, StartupError
from threadkeep.services.maintenance.migration import Migration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo import AsyncMongoClient, MongoClient
    from pymongo.asynchronous.database import AsyncDatabase

    from threadkeep import Threadkeep

    Database = AsyncDatabase[dict[str, Any]]


@pytest.fixture
def database_name(mongo: MongoClient[dict[str, Any]]) -> Iterator[str]:
    """A name without a database: some tests of this module are about the creation of a database."""
    name = f"test-{secrets.token_hex(8)}"
    yield name
    mongo.drop_database(name)


@pytest.fixture
def database(mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str) -> Database:
    return mongo_client[database_name]


@pytest.fixture
async def old_threads(keep: Threadkeep, database: Database) -> list[str]:
    """Threads as stored before `deleted_count` and versions existed, in a database that has validators now."""
    ids = [(await keep.thread_service.create_thread(meta_data={"number": number})).id for number in range(10)]
    missing = dict.fromkeys(("deleted_count", "meta_data_index", "schema_version"), "")
    await database.command("collMod", "threads", validator={})
    await database["threads"].update_many({}, {"$unset": missing})
    await Documents.bind(database)
    return ids


TO_BRING = [f"bring 10 threads to schema version {version}" for version in (1, 2, 3)]


def upgrades_of(plan: list[str]) -> list[str]:
    return [line for line in plan if line.startswith("bring")]


async def test_old_documents_get_their_missing_keys(
    keep: Threadkeep, database: Database, old_threads: list[str]
) -> None:
    assert await Migration(database).run() == TO_BRING

    row = await database["threads"].find_one({"_id": old_threads[3]}) or {}
    assert (row["deleted_count"], row["schema_version"]) == (0, 3)
    assert [thread.id for thread in await keep.thread_service.find_threads(meta_data={"number": 3})] == [old_threads[3]]
    assert await Migration(database).plan() == []
    assert await Migration(database).run() == []


async def test_a_dry_run_changes_nothing(database: Database, old_threads: list[str]) -> None:
    before = await database["threads"].find().to_list()

    assert len(old_threads) == 10
    assert await Migration(database).plan() == TO_BRING
    assert await database["threads"].find().to_list() == before


async def test_a_dry_run_on_an_empty_database_creates_nothing(database: Database) -> None:
    assert "create collection messages" in await Migration(database).plan()
    assert await database.list_collection_names() == []


@pytest.mark.usefixtures("old_threads")
async def test_a_killed_migration_continues_at_its_position(database: Database) -> None:
    progress: list[int] = []

    def stop_at_8(step: str, done: int, _: int) -> None:
        if step == "threads to schema version 1":
            progress.append(done)
            if done == 8:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await Migration(database, batch=2).run(stop_at_8)
    assert progress == [2, 4, 6, 8]
    outdated = {"schema_version": None}
    assert await database["threads"].count_documents(outdated) == 2
    progress.clear()
    await Migration(database, batch=2).run(stop_at_8)

    assert progress == [2, 4]
    assert await database["threads"].count_documents(outdated) == 0
    assert await database["migration_positions"].count_documents({}) == 0


@pytest.mark.slow
@pytest.mark.usefixtures("old_threads")
async def test_two_concurrent_migrations_upgrade_each_document_once(database: Database) -> None:
    done = await asyncio.gather(*(Migration(database, batch=3).run() for _ in range(2)))

    assert sum(int(line.split()[1]) for lines in done for line in lines) == 3 * 10
    assert await Migration(database).plan() == []


@pytest.mark.slow
async def test_a_change_during_a_migration_is_kept(
    keep: Threadkeep, database: Database, old_threads: list[str]
) -> None:
    """An upgrade computes from the document as it is stored at the time of its update."""
    copying = Upgrade("threads", 7, [{"$set": {"tool_resources": "$meta_data", "schema_version": 7}}])
    await Migration(database).run()

    async def write() -> None:
        for thread_id in old_threads:
            await keep.thread_service.update_metadata(thread_id, {"number": -1})

    await asyncio.gather(write(), Migration(database, upgrades=[copying], batch=2).run())

    rows = await database["threads"].find().to_list()
    assert {row["schema_version"] for row in rows} == {7}
    assert {row["meta_data"]["number"] for row in rows} == {-1}


@pytest.mark.usefixtures("old_threads")
async def test_a_document_of_a_newer_version_is_not_changed(database: Database) -> None:
    await database["threads"].update_many({}, {"$set": {"schema_version": 7}})

    assert await Migration(database).plan() == []


async def test_an_index_that_cannot_be_created_is_named_in_the_error(database: Database) -> None:
    await database["users"].insert_many([{"_id": name, "email": "same@example.com"} for name in "ab"])

    with pytest.raises(StartupError, match=r"cannot create index users\.email_1"):
        await Migration(database).run()


async def store_as_version_1(database: Database, name: str, document_id: str, fields: dict[str, Any]) -> None:
    """Make a stored document look like one of version 1, with these fields."""
    unset = {"$unset": {"email_key": 1}} if name == "users" else {}
    await database[name].update_one({"_id": document_id}, {"$set": {**fields, "schema_version": 1}, **unset})


async def test_large_numbers_that_were_stored_with_an_exponent_are_found_in_every_form(
    keep: Threadkeep, database: Database
) -> None:
    """Before version 2, 1e16 had another fingerprint than 10000000000000000."""
    thread = await keep.thread_service.create_thread(meta_data={"n": 1e16, "topic": "x"})
    await store_as_version_1(database, "threads", thread.id, {"meta_data_index": ["of 1e16", "of the topic"]})

    assert await Migration(database).run() == [f"bring 1 threads to schema version {version}" for version in (2, 3)]

    for number in (1e16, 10**16):
        assert [found.id for found in await keep.thread_service.find_threads(meta_data={"n": number})] == [thread.id]


async def test_a_write_during_the_computation_of_fingerprints_is_kept(
    keep: Threadkeep, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = await keep.thread_service.create_thread(meta_data={"n": 1e16})
    await store_as_version_1(database, "threads", thread.id, {"meta_data_index": ["of 1e16"]})
    original = AsyncCollection.bulk_write

    async def change_before(*arguments: Any, **options: Any) -> Any:
        monkeypatch.undo()
        await keep.thread_service.update_metadata(thread.id, {"n": 2e16})
        return await original(*arguments, **options)

    monkeypatch.setattr(AsyncCollection, "bulk_write", change_before)
    await Migration(database).run()
    assert [found.id for found in await keep.thread_service.find_threads(meta_data={"n": 2 * 10**16})] == [thread.id]
    await Migration(database).run()

    assert [found.id for found in await keep.thread_service.find_threads(meta_data={"n": 2 * 10**16})] == [thread.id]
    assert await Migration(database).plan() == []


async def test_users_whose_addresses_differ_only_in_case_are_named_and_kept(
    keep: Threadkeep, database: Database
) -> None:
    users = keep.user_service
    first, second, other = [await users.create_user(full_name=name) for name in ("First", "Second", "Other")]
    addresses = {first.id: "Ada.L@Example.org", second.id: "ada.l@example.ORG", other.id: "Bob@Example.org"}
    for user_id, address in addresses.items():
        await store_as_version_1(database, "users", user_id, {"email": address})

    done = await Migration(database).run()

    keeper, left = (first.id, second.id) if first.id < second.id else (second.id, first.id)
    assert done[0] == "bring 2 users to schema version 2"
    assert done[1].startswith(f"left: user {left} has the e-mail address of user {keeper}, in another case.")
    assert len(done) == 2
    for user_id, address in addresses.items():
        assert [found.id for found in await users.list_users(email=address)] == [user_id]
    assert [found.id for found in await users.list_users(email="ADA.L@EXAMPLE.ORG")] == [keeper]
    with pytest.raises(EmailTaken):
        await users.create_user(email="ADA.L@EXAMPLE.ORG")
    await users.update_user(keeper, email=None)
    assert await Migration(database).run() == ["bring 1 users to schema version 2"]
    assert [found.id for found in await users.list_users(email="ADA.L@EXAMPLE.ORG")] == [left]


@pytest.mark.slow
def test_the_migrate_command_applies_the_changes_of_its_dry_run(
    mongo: MongoClient[dict[str, Any]], mongo_url: str, database_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THREADKEEP_MONGODB_URL", mongo_url)
    monkeypatch.setenv("THREADKEEP_DATABASE", database_name)

    def migrate(*options: str) -> list[str]:
        return CliRunner().invoke(app, ["migrate", *options], catch_exceptions=False).stdout.splitlines()

    planned = migrate("--dry-run")
    assert database_name not in mongo.list_database_names()
    assert migrate() == planned
    assert "create collection messages" in planned
    assert migrate() == ["nothing to do"]


async def test_threads_of_version_2_get_their_preview(keep: Threadkeep, database: Database) -> None:
    thread = await keep.thread_service.create_thread(messages=[{"content": "a"}, {"content": "b"}])
    empty = await keep.thread_service.create_thread()
    cut = await keep.thread_service.create_thread(messages=[{"content": "a"}, {"content": "b"}])
    await keep.message_service.pop_message(cut.id)
    outdated = {"$set": {"schema_version": 2}, "$unset": {"last_message": 1}}
    await database["threads"].update_many({}, outdated)
    assert (await keep.thread_service.get_thread(thread.id)).last_message is None

    assert await Migration(database, batch=1).run() == ["bring 3 threads to schema version 3"]

    threads = [await keep.thread_service.get_thread(one.id) for one in (thread, cut, empty)]
    assert [one.last_message and one.last_message["text"] for one in threads] == ["b", "a", None]
    assert await Migration(database).plan() == []
