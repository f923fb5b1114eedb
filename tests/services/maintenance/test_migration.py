from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from threadkeep.cli import app
from threadkeep.documents import Documents
from threadkeep.documents.upgrades import Upgrade
from threadkeep.errors import StartupError
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


def upgrades_of(plan: list[str]) -> list[str]:
    return [line for line in plan if line.startswith("bring")]


async def test_old_documents_get_their_missing_keys(
    keep: Threadkeep, database: Database, old_threads: list[str]
) -> None:
    assert await Migration(database).run() == ["bring 10 threads to schema version 1"]

    row = await database["threads"].find_one({"_id": old_threads[3]}) or {}
    assert (row["deleted_count"], row["meta_data_index"], row["schema_version"]) == (0, [], 1)
    assert (await keep.thread_service.get_thread(old_threads[3])).meta_data == {"number": 3}
    assert await Migration(database).plan() == []
    assert await Migration(database).run() == []


async def test_a_dry_run_changes_nothing(database: Database, old_threads: list[str]) -> None:
    before = await database["threads"].find().to_list()

    assert await Migration(database).plan() == [f"bring {len(old_threads)} threads to schema version 1"]
    assert await database["threads"].find().to_list() == before


async def test_a_dry_run_on_an_empty_database_creates_nothing(database: Database) -> None:
    assert "create collection messages" in await Migration(database).plan()
    assert await database.list_collection_names() == []


@pytest.mark.usefixtures("old_threads")
async def test_a_killed_migration_continues_at_its_position(database: Database) -> None:
    progress: list[int] = []

    def stop_at_8(step: str, done: int, _: int) -> None:
        if step.startswith("threads"):
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


@pytest.mark.usefixtures("old_threads")
async def test_two_concurrent_migrations_upgrade_each_document_once(database: Database) -> None:
    done = await asyncio.gather(*(Migration(database, batch=3).run() for _ in range(2)))

    assert sum(int(line.split()[1]) for lines in done for line in lines) == 10
    assert await Migration(database).plan() == []


async def test_a_change_during_a_migration_is_kept(
    keep: Threadkeep, database: Database, old_threads: list[str]
) -> None:
    """An upgrade computes from the document as it is stored at the time of its update."""
    copying = Upgrade("threads", 2, [{"$set": {"tool_resources": "$meta_data", "schema_version": 2}}])
    await Migration(database).run()

    async def write() -> None:
        for thread_id in old_threads:
            await keep.thread_service.update_metadata(thread_id, {"number": -1})

    await asyncio.gather(write(), Migration(database, upgrades=[copying], batch=2).run())

    rows = await database["threads"].find().to_list()
    assert {row["schema_version"] for row in rows} == {2}
    assert {row["meta_data"]["number"] for row in rows} == {-1}


@pytest.mark.usefixtures("old_threads")
async def test_a_document_of_a_newer_version_is_not_changed(database: Database) -> None:
    await database["threads"].update_many({}, {"$set": {"schema_version": 7}})

    assert await Migration(database).plan() == []


async def test_an_index_that_cannot_be_created_is_named_in_the_error(database: Database) -> None:
    await database["users"].insert_many([{"_id": name, "email": "same@example.com"} for name in "ab"])

    with pytest.raises(StartupError, match=r"cannot create index users\.email_1"):
        await Migration(database).run()


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
