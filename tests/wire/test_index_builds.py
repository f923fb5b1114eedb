"""Index builds that take longer than every timeout, as they do on large collections of a real MongoDB."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.cli.migrate import run
from threadkeep.documents import TEMPLATES, Documents, open_client
from threadkeep.documents.schema import differences
from threadkeep.errors import StartupError, Unavailable
from threadkeep.services import Migration, Rollups, without_deadline
from threadkeep.tests.wire.rules import Chosen, Failing, SlowIndexBuilds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pymongo.asynchronous.database import AsyncDatabase

    from threadkeep.tests.wire.conftest import Behind
    from threadkeep.tests.wire.proxy import RulesProxy

    Database = AsyncDatabase[dict[str, Any]]

TIMEOUT = 5
BUILD = 0.3
INDEX = "created_at_1"


@pytest.fixture
async def database(proxied_url: str, database_name: str) -> AsyncIterator[Database]:
    """A database of the current schema, without one index of a collection that has documents."""
    async with open_client(proxied_url, timeout_seconds=20, max_connections=10) as client:
        database = client[database_name]
        await Documents.bind(database)
        await database["messages"].drop_index(INDEX)
        await database.command("collMod", "messages", validationLevel="off")
        await database["messages"].insert_one({"_id": "a message"})
        await database.command("collMod", "messages", validationLevel="moderate")
        yield database
        await database["messages"].delete_many({})
        await Documents.bind(database)  # other tests use the database too


@pytest.fixture
async def impatient(proxied_url: str, database: Database) -> AsyncIterator[Database]:
    """The same database for a client whose operations end after seconds, as those of the service."""
    async with open_client(proxied_url, timeout_seconds=TIMEOUT, max_connections=10) as client:
        yield client[database.name]


async def test_a_migration_builds_an_index_for_longer_than_the_timeout_and_shows_the_progress(
    proxy: RulesProxy, impatient: Database
) -> None:
    proxy.rules.append(SlowIndexBuilds(4 * BUILD))  # long enough for several questions, also on a busy machine
    steps: list[tuple[str, int, int]] = []

    done = await Migration(impatient, ask_seconds=0.1).run(lambda *step: steps.append(step))

    assert f"create index messages.{INDEX}" in done
    assert INDEX in await impatient["messages"].index_information()
    assert (f"create index messages.{INDEX}: scanning collection, 25 %", 300, 1200) in steps


async def test_no_command_of_a_migration_has_a_time_limit(proxy: RulesProxy, impatient: Database) -> None:
    await impatient["threads"].insert_one({"_id": "old", "schema_version": 0}, bypass_document_validation=True)
    proxy.commands.clear()
    await Migration(impatient).plan()
    await Migration(impatient).run()

    names = {command.name for command in proxy.commands}
    assert {"createIndexes", "update", "aggregate", "listCollections", "listIndexes"} <= names
    assert [command.name for command in proxy.commands if "maxTimeMS" in command.body] == []


async def test_a_rollup_of_the_command_line_has_only_its_own_time_limits(proxy: RulesProxy, behind: Behind) -> None:
    async with behind(timeout_seconds=TIMEOUT) as keep:
        proxy.commands.clear()
        with without_deadline():
            await Rollups(keep.runtime.documents).run()

    limits = [command.body["maxTimeMS"] for command in proxy.sent("aggregate") if "maxTimeMS" in command.body]
    assert min(limits, default=300_000) > 200_000


async def test_a_start_builds_no_index_on_a_collection_with_documents(proxy: RulesProxy, database: Database) -> None:
    proxy.commands.clear()
    with pytest.raises(StartupError, match=rf"lacks these indexes: messages\.{INDEX}: run `threadkeep migrate`"):
        await Documents.bind(database)

    assert proxy.sent("createIndexes") == []


async def test_a_start_builds_the_missing_indexes_of_an_empty_collection(database: Database) -> None:
    await database["messages"].delete_many({})
    await Documents.bind(database)

    assert INDEX in await database["messages"].index_information()


@pytest.mark.slow
async def test_a_start_waits_while_another_process_builds_an_index(proxy: RulesProxy, database: Database) -> None:
    building = SlowIndexBuilds(BUILD)
    proxy.rules.append(building)
    migration = asyncio.create_task(Migration(database).run())
    while not building.building:  # noqa: ASYNC110 - the proxy runs in another thread
        await asyncio.sleep(0.01)

    with pytest.raises(Unavailable, match=rf"building the index messages\.{INDEX}"):
        await Documents.bind(database)
    await migration
    await Documents.bind(database)


async def test_a_start_during_a_build_works_on_a_server_that_does_not_mark_builds(
    proxy: RulesProxy, database: Database
) -> None:
    class Unmarked:
        async def __call__(self, command: Any, pass_on: Any) -> Any:
            if "includeBuildUUIDs" in command.body:
                return {"ok": 0.0, "code": 40415, "errmsg": "BSON field 'includeBuildUUIDs' is an unknown field"}
            return await pass_on()

    await Migration(database).run()
    proxy.rules.append(Unmarked())
    await Documents.bind(database)


async def test_several_migrations_and_starts_at_once_end_with_the_whole_schema(
    proxy: RulesProxy, database: Database
) -> None:
    proxy.rules.append(SlowIndexBuilds(0.1))

    async def start() -> None:
        while True:
            try:
                await Documents.bind(database)
            except (StartupError, Unavailable):
                await asyncio.sleep(0.05)
            else:
                return

    await asyncio.gather(Migration(database).run(), Migration(database).run(), start(), start())

    assert await differences(database, TEMPLATES) == []


@pytest.mark.slow
async def test_a_migration_goes_on_after_the_primary_stepped_down_during_a_build(
    proxy: RulesProxy, database: Database
) -> None:
    proxy.rules.append(Failing(Chosen(("createIndexes",), times=2), 11602))

    assert f"create index messages.{INDEX}" in await Migration(database, pause_seconds=0.01).run()


@pytest.mark.slow
async def test_a_migration_names_a_member_that_does_not_answer(
    proxy: RulesProxy, proxied_url: str, database: Database
) -> None:
    proxy.greeting.more = {"hosts": [proxy.address, "127.0.0.1:1"]}
    proxy.rules += [SlowIndexBuilds(BUILD), Failing(Chosen(("aggregate",), collection="1"), 13)]
    steps: list[str] = []
    async with open_client(proxied_url, timeout_seconds=20, max_connections=10) as client:
        await client.admin.command("ping")
        await Migration(client[database.name], ask_seconds=0.1).run(lambda step, *_: steps.append(step))

    assert any("waits for 127.0.0.1:1, which cannot be reached" in step for step in steps)


@pytest.mark.slow
async def test_the_command_line_shows_what_a_long_build_does(
    proxy: RulesProxy, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    proxy.rules.append(SlowIndexBuilds(BUILD))

    steps = await run(Migration(database, ask_seconds=0.05), line_every_seconds=0)

    assert f"create index messages.{INDEX}: scanning collection, 25 %" in capsys.readouterr().err
    assert f"create index messages.{INDEX}" in steps
