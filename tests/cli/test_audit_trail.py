"""Commands that change much at once leave an entry in the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.cli.every_command import SAMPLE, run

if TYPE_CHECKING:
    from pymongo import MongoClient
    from pymongo.database import Database


@pytest.fixture
def database(
    monkeypatch: pytest.MonkeyPatch, mongo: MongoClient[dict[str, Any]], mongo_url: str, database_name: str
) -> Database[dict[str, Any]]:
    """The database of the commands."""
    monkeypatch.setenv("THREADKEEP_MONGODB_URL", mongo_url)
    monkeypatch.setenv("THREADKEEP_DATABASE", database_name)
    monkeypatch.setenv("THREADKEEP_DATABASE_TIMEOUT_SECONDS", "30")
    return mongo[database_name]


def acts(database: Database[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(entry["action"], entry["outcome"]) for entry in database["audit_log"].find()]


def test_an_import_is_recorded_and_says_whether_it_stopped(
    database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stop(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    run("import", SAMPLE)
    monkeypatch.setattr("threadkeep.transfer.import_file", stop)
    stopped = run("import", SAMPLE)

    assert stopped.exit_code != 0
    assert acts(database) == [("data.imported", "done"), ("data.imported", "failed")]


def test_a_migration_is_recorded_if_it_changed_anything(database: Database[dict[str, Any]]) -> None:
    database["users"].drop_index("created_at_-1__id_-1")

    for _ in range(2):
        assert run("migrate").exit_code == 0

    assert acts(database) == [("database.migrated", "done")]
