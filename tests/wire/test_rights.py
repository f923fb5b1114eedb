"""The roles of docs/mongodb.md suffice for every command, and hold no more than that.

The proxy records the commands of a migration, and then those of a service that gets every kind of request.
"""

from __future__ import annotations

import json
import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx2
import pytest
from typer.testing import CliRunner

from threadkeep.cli import app
from threadkeep.client import Client
from threadkeep.tests.live_server import run_live_server
from threadkeep.tests.routers.callers import Caller, answered
from threadkeep.tests.routers.rights_scenario import Scenario, removes
from threadkeep.tests.routers.test_rights import TABLE as NATIVE
from threadkeep.tests.routers.test_rights_openai import TABLE as OPENAI
from threadkeep.tests.transfer.conversations import native_conversation
from threadkeep.tests.wire.conftest import url_behind
from threadkeep.tests.wire.granted_actions import databases, granted, inherited, needed
from threadkeep.tests.wire.proxy import ruling

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pymongo import MongoClient

    from threadkeep.tests.live_server import LiveServer
    from threadkeep.tests.wire.rules import Command

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

SERVICE, MIGRATION = "threadkeepService", "threadkeepMigration"
OPTIONAL = {"inprog"}
"""The page says that a migration asks for this action, and does without it."""


class Sent(NamedTuple):
    """The commands to one database."""

    database: str
    migration: list[Command]
    service: list[Command]
    has_bulk_writes: bool


@pytest.fixture(
    scope="module",
    params=[pytest.param(21, id="MongoDB 7"), pytest.param(25, id="MongoDB 8")],
)
def sent(
    request: pytest.FixtureRequest,
    mongo: MongoClient[dict[str, Any]],
    mongo_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Sent]:
    """The commands of migrations, and of a service with exports beside it."""
    database = f"test-{secrets.token_hex(8)}"
    with ruling(mongo.address or ("", 0)) as proxy:
        proxy.greeting.more = {"maxWireVersion": request.param}
        url = url_behind(proxy, mongo_url)
        migrate(url, database)
        make_old(mongo, database)
        migrate(url, database)
        migrated = len(proxy.commands)
        with run_live_server(mongo, url, database=database, sweep_seconds=0.2, rollup_seconds=0.2) as server:
            ask_everything(server)
            export_everything(url, database, tmp_path_factory.mktemp("exports"))
            wait_for_background_work(server)
        yield Sent(database, proxy.commands[:migrated], proxy.commands[migrated:], request.param == 25)


def migrate(url: str, database: str) -> None:
    variables = {"THREADKEEP_MONGODB_URL": url, "THREADKEEP_DATABASE": database}
    assert CliRunner().invoke(app, ["migrate"], env=variables).exit_code == 0


def make_old(mongo: MongoClient[dict[str, Any]], name: str) -> None:
    """Remove a validator, an index and the current form of a view, and add a document of an old version."""
    database = mongo[name]
    database.command("collMod", "users", validator={})
    database["users"].insert_one({"_id": "user_old"})
    database["messages"].drop_index("created_at_1")
    database["threads_flat"].drop()
    database.create_collection("threads_flat", viewOn="threads", pipeline=[])


def ask_everything(server: LiveServer) -> None:
    """Send every request of both APIs, and those that a table of single requests cannot hold."""
    with httpx2.Client(base_url=server.url, timeout=30) as http:
        scenario = Scenario(Caller(http, server.admin_key))
        erasure = "DELETE /v1/users/{user_id}"
        for case in sorted((*NATIVE, *OPENAI), key=lambda case: case.route == erasure):
            answer = scenario.send(scenario.admin, case)
            assert answer.status_code == case.status, answer.text
            if removes(case) and case.route != erasure:
                scenario.recreate()
        ask_several_times(scenario.admin)
    import_a_file(server)


def ask_several_times(admin: Caller) -> None:
    """Send a batch, chunks of a message, a request that is repeated, a pop with its return, and two probes."""
    thread = admin.new_thread()["id"]
    path = f"/v1/threads/{thread}"
    admin.new_messages(thread, "a", "b", "c")
    for is_last in (False, True):
        chunk = {"thread_id": thread, "content": "x", "is_last_chunk": is_last}
        assert admin.post("/v1/messages/assistant", chunk).is_success
    for _ in range(2):
        answered(admin.post(f"{path}/messages", {"content": "x"}, idempotency_key="once"))
    answered(admin.post(f"{path}/messages/pop", {"count": 2}))
    answered(admin.delete(f"{path}/messages?after_seq=1"))
    assert admin.get("/readyz").is_success
    assert admin.get("/metrics").is_success


def import_a_file(server: LiveServer) -> None:
    with Client(server.url, server.admin_key) as client:
        job = client.import_service.create_import(json.dumps(native_conversation("imported")).encode())
        while not (found := client.import_service.get_import(job.id)).is_finished:
            time.sleep(0.02)
        assert found.error is None
        client.import_service.delete_import(job.id)


def export_everything(url: str, database: str, folder: Path) -> None:
    variables = {"THREADKEEP_MONGODB_URL": url, "THREADKEEP_DATABASE": database}
    for words in (["export", str(folder / "all.jsonl")], ["report", str(folder / "report.html")], ["check"]):
        done = CliRunner().invoke(app, words, env=variables)
        assert done.exit_code == 0, done.output


def wait_for_background_work(server: LiveServer) -> None:
    """Wait until the sweeper and the rollups have each completed a round: then they let go of their leases."""
    let_go = {"_id": {"$in": ["sweeper", "rollups"]}, "until": {"$lt": datetime.now(UTC) + timedelta(seconds=20)}}
    while server.database["leases"].count_documents(let_go) < 2:
        time.sleep(0.02)


def actions_of(commands: list[Command]) -> set[str]:
    return {action for command in commands for action in needed(command.body)}


def test_a_service_needs_exactly_the_actions_of_its_role(sent: Sent) -> None:
    assert actions_of(sent.service) == granted(SERVICE)


def test_a_migration_needs_its_own_actions_and_those_of_the_service(sent: Sent) -> None:
    found = actions_of(sent.migration) - OPTIONAL

    assert inherited(MIGRATION) == [SERVICE]
    assert found <= granted(MIGRATION) | granted(SERVICE)
    assert found >= granted(MIGRATION)


def test_all_commands_that_need_a_right_go_to_one_database(sent: Sent) -> None:
    commands = [command for command in sent.migration + sent.service if needed(command.body) - OPTIONAL]

    assert {name for command in commands for name in databases(command.body)} == {sent.database}


def test_every_kind_of_work_was_recorded(sent: Sent) -> None:
    names = {command.name for command in sent.service}

    assert names >= {"aggregate", "delete", "find", "findAndModify", "insert", "update", "commitTransaction"}
    assert ("bulkWrite" in names) is sent.has_bulk_writes
