"""The stores that adapters take: a Threadkeep in process, and a client over HTTP, on one database."""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.client import AsyncClient
from threadkeep.keep import Threadkeep

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pymongo import AsyncMongoClient

    from threadkeep.adapters.stores import Store
    from threadkeep.tests.live_server import LiveServer

# The frameworks send figures about their runs to their makers.
os.environ.update(OPENAI_AGENTS_DISABLE_TRACING="1", LANGSMITH_TRACING="false", OTEL_SDK_DISABLED="true")
WAYS = ("in process", "over http")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave this folder to `make test-slow`: importing the frameworks takes every worker of `make test` twelve seconds.

    `pytest tests/adapters` runs it too.
    """
    leaves_out = "not slow" in config.option.markexpr and not _is_named(config)
    return True if leaves_out and collection_path.name.startswith("test_") else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark all tests of this folder as slow, unless its name is on the command line."""
    for item in items:
        if item.path.parent == Path(__file__).parent and not _is_named(config):
            item.add_marker(pytest.mark.slow)


def _is_named(config: pytest.Config) -> bool:
    return any("tests/adapters" in argument for argument in config.args)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test in process and over HTTP. `make test` runs it in one way, `make test-slow` in the other."""
    if "store" in metafunc.fixturenames:
        chosen = WAYS[zlib.crc32(metafunc.function.__name__.encode()) % len(WAYS)]
        spare = pytest.mark.chaos if metafunc.definition.get_closest_marker("slow") else pytest.mark.slow
        ways = [pytest.param(way, marks=[] if way == chosen else [spare]) for way in WAYS]
        metafunc.parametrize("store", ways, indirect=True)


@pytest.fixture(scope="session")
async def stores(served: LiveServer, mongo_client: AsyncMongoClient[dict[str, Any]]) -> AsyncIterator[dict[str, Store]]:
    """Return a Threadkeep and a client on the database of the service."""
    async with (
        Threadkeep(mongo_client, database=served.database.name, sweep_seconds=None) as keep,
        AsyncClient(served.url, served.admin_key) as client,
    ):
        yield {"in process": keep, "over http": client}


@pytest.fixture
def store(request: pytest.FixtureRequest, stores: dict[str, Store], live_server: LiveServer) -> Store:
    """Return the store in the way that the test runs in, on an empty database."""
    return stores[request.param]


@pytest.fixture
def keep(stores: dict[str, Any], live_server: LiveServer) -> Threadkeep:
    """Return the Threadkeep in process, on an empty database."""
    keep: Threadkeep = stores["in process"]
    return keep
