"""Fixtures in order of dependency: a MongoDB, a database for one test, a Threadkeep on that database."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from hypothesis import settings
from pymongo import AsyncMongoClient, MongoClient

from threadkeep.documents import open_client
from threadkeep.embedded import EmbeddedServer
from threadkeep.keep import Threadkeep
from threadkeep.services import Tuning
from threadkeep.settings import Settings
from threadkeep.testing import mongomock_client
from threadkeep.tests.emptying import empty

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from xdist.scheduler import LoadScopeScheduling

    from threadkeep.documents import Documents
    from threadkeep.tests.live_server import LiveServer


_SHARING = ("tests/embedded/", "tests/services/analytics/", "tests/routers/native/projectdavid/")
"""Folders whose tests share a fixture that takes seconds to make."""


for _profile, _examples in (("short", 10), ("long", 12)):  # `make test`, `make test-slow`
    settings.register_profile(_profile, settings.get_profile("ci"), max_examples=_examples)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    """With `--dist loadscope`, keep the tests of a module, and of each folder in `_SHARING`, on one worker.

    The marker `xdist_group` would do the same, but pytest-xdist 3.8 ignores it with pytest 9.2.
    """
    if config.getoption("dist") != "loadscope":
        return None
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415  needed only with several workers

    class ByFolder(LoadScopeScheduling):  # type: ignore[misc]  # xdist carries no types
        def _split_scope(self, nodeid: str) -> str:
            module = nodeid.partition("::")[0]
            return next((folder for folder in _SHARING if module.startswith(folder)), module)

    return ByFolder(config, log)


@pytest.fixture(scope="session")
def mongo_url() -> Iterator[str]:
    """The MongoDB that `THREADKEEP_TEST_MONGODB_URL` names, or an embedded server in memory for each pytest worker."""
    if url := os.environ.get("THREADKEEP_TEST_MONGODB_URL"):
        yield url
        return
    with EmbeddedServer(":memory:", test_commands=True) as server:
        yield server.url


@pytest.fixture(scope="session")
def mongo(mongo_url: str) -> Iterator[MongoClient[dict[str, Any]]]:
    """A blocking client, which belongs to no event loop, for setup and cleanup."""
    with MongoClient[dict[str, Any]](mongo_url) as client:
        yield client


@pytest.fixture
def database_name(mongo: MongoClient[dict[str, Any]]) -> Iterator[str]:
    """A database that only this test uses."""
    name = f"test-{secrets.token_hex(8)}"
    yield name
    mongo.drop_database(name)


@pytest.fixture(scope="session")
def prepared_database_name(mongo: MongoClient[dict[str, Any]], mongo_url: str) -> Iterator[str]:
    """One database for each pytest worker, because creating collections and indexes takes longer than most tests."""
    name = f"test-{secrets.token_hex(8)}"
    asyncio.run(_prepare(mongo_url, name))
    yield name
    mongo.drop_database(name)


async def _prepare(mongo_url: str, name: str) -> None:
    async with Threadkeep.connect(mongo_url, timeout_seconds=20, database=name, sweep_seconds=None):
        pass


@pytest.fixture
def emptied_database_name(mongo: MongoClient[dict[str, Any]], prepared_database_name: str) -> Iterator[str]:
    """A database with empty collections, for tests that do not depend on the creation of a database."""
    yield prepared_database_name
    empty(mongo[prepared_database_name])


@pytest.fixture(scope="session")
async def mongo_client(mongo_url: str) -> AsyncIterator[AsyncMongoClient[dict[str, Any]]]:
    """A client on the event loop of the tests. Each pytest worker has one."""
    async with open_client(mongo_url, timeout_seconds=20, max_connections=50) as client:
        yield client


@pytest.fixture
def _mongodb_7(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command writes to one collection, as in MongoDB 7: an append is an insert, and then an update of the thread."""

    async def has_bulk_writes(_: object) -> bool:
        return False

    monkeypatch.setattr("threadkeep.keep.has_bulk_writes", has_bulk_writes)


@pytest.fixture
def tuning() -> Tuning:
    """The times and sizes of a Threadkeep. A test that needs other values is parametrized with `tuning`."""
    return Tuning()


@pytest.fixture
async def keep(
    mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str, tuning: Tuning
) -> AsyncIterator[Threadkeep]:
    """A Threadkeep on its own database, without a sweeper."""
    async with Threadkeep(mongo_client, database=database_name, sweep_seconds=None, tuning=tuning) as keep:
        yield keep


_FOLLOWING_WORK = ("finish", "note the use", "purge")
"""The names of background tasks that requests start."""


async def following_work() -> None:
    """Wait for the work that requests of a test have left: it would write into the empty database of the next test."""
    left = {task for task in asyncio.all_tasks() if task.get_name().startswith(_FOLLOWING_WORK)}
    if left:
        await asyncio.wait(left, timeout=10)


@pytest.fixture
async def shared_keep(opened_keep: Threadkeep, mongo: MongoClient[dict[str, Any]]) -> AsyncIterator[Threadkeep]:
    """A Threadkeep on an empty database, for tests that only call its services."""
    yield opened_keep
    await following_work()
    empty(mongo[opened_keep.runtime.documents.database.name])


@pytest.fixture(scope="session")
async def opened_keep(
    mongo_client: AsyncMongoClient[dict[str, Any]], mongo: MongoClient[dict[str, Any]]
) -> AsyncIterator[Threadkeep]:
    """One Threadkeep for each pytest worker, because opening it takes longer than most tests.

    No other test uses its database: the process stays registered in it.
    """
    name = f"test-{secrets.token_hex(8)}"
    async with Threadkeep(mongo_client, database=name, sweep_seconds=None) as keep:
        yield keep
    mongo.drop_database(name)


@pytest.fixture
async def keep_in_memory(opened_in_memory: Threadkeep) -> AsyncIterator[Threadkeep]:
    """An empty Threadkeep in memory, without a server."""
    yield opened_in_memory
    await following_work()
    database = opened_in_memory.runtime.documents.database
    for name in await database.list_collection_names():
        await database[name].delete_many({})


@pytest.fixture(scope="session")
async def opened_in_memory() -> AsyncIterator[Threadkeep]:
    """A Threadkeep in memory: one for each pytest worker, because opening it takes longer than most tests."""
    async with Threadkeep(mongomock_client(), sweep_seconds=None) as keep:
        yield keep


@pytest.fixture
def documents(keep: Threadkeep) -> Documents:
    """The documents of `keep`."""
    return keep.runtime.documents


@pytest.fixture(scope="session")
def served(mongo: MongoClient[dict[str, Any]], mongo_url: str) -> Iterator[LiveServer]:
    """The service on a port: one for all tests of a pytest worker."""
    from threadkeep.tests.live_server import run_live_server  # noqa: PLC0415  most tests need no HTTP server

    # Without repeated background work: tests of the same process replace functions that it would call.
    with run_live_server(mongo, mongo_url, sweep_seconds=3600, rollup_seconds=0) as server:
        yield server


@pytest.fixture
def live_server(served: LiveServer) -> LiveServer:
    """The service on a port. Its database holds only its admin key."""
    served.require_running()
    served.empty()
    return served


class ConfigureLog(Protocol):
    """Configures the log as the service does, with these settings. Returns a function that reads the log."""

    def __call__(self, **settings: Any) -> Callable[[], str]: ...


@pytest.fixture
def configure_log(capsys: pytest.CaptureFixture[str]) -> Iterator[ConfigureLog]:
    """Configures the log as the service does, and restores the root logger after the test."""
    from threadkeep.server.log_format import configure_logs  # noqa: PLC0415  most tests need no HTTP server

    root = logging.getLogger()
    handlers, level = root.handlers, root.level

    def configure(**settings: Any) -> Callable[[], str]:
        configure_logs(Settings(_env_file=None, **settings))
        return lambda: capsys.readouterr().err

    yield configure
    root.handlers = handlers
    root.setLevel(level)
