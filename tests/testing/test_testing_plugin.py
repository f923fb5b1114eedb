import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pymongo.asynchronous.database import AsyncDatabase

import threadkeep.testing
from threadkeep.testing import mongomock_client

CONFTEST = 'pytest_plugins = ["threadkeep.testing.plugin"]\n'
TEST = """
import asyncio

async def use(database):
    assert await database["things"].count_documents({}) == 0
    await database["things"].insert_one({})

def test_one(mongomock_database):
    asyncio.run(use(mongomock_database))

def test_other(mongomock_database):
    asyncio.run(use(mongomock_database))
"""
WITHOUT = """
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "mongomock_motor" else find(name, *rest)
import threadkeep.testing
"""


def test_testing_exports_only_mongomock_client() -> None:
    assert threadkeep.testing.__all__ == ["mongomock_client"]


async def test_the_fixture_is_an_empty_database(mongomock_database: AsyncDatabase[dict[str, Any]]) -> None:
    assert await mongomock_database.list_collection_names() == []


@pytest.mark.slow
def test_a_project_loads_the_fixtures_by_name(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_it.py").write_text(TEST)

    command = [sys.executable, "-W", "error", "-m", "pytest", "-q", "--disable-plugin-autoload", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_an_import_without_mongomock_motor_names_the_command_that_installs_it() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)

    last = done.stderr.splitlines()[-1]
    assert last.endswith("MissingExtra: threadkeep.testing needs mongomock_motor: pip install 'threadkeep[testing]'.")


async def test_a_client_neither_connects_nor_warns() -> None:
    client = mongomock_client(serverSelectionTimeoutMS=1)

    assert not client.topology_description.has_readable_server()
    await client.close()
