"""Two processes' worth of Threadkeeps on one database, real processes, and whatever a fault needs."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from pymongo import MongoClient

from threadkeep.client.options import certificates
from threadkeep.keep import Threadkeep
from threadkeep.testing import mongomock_client
from threadkeep.tests.faults.outages import DEADLINE, TIMEOUT, Place
from threadkeep.tests.faults.processes import ADMIN_KEY, Nursery, Serve, free_port
from threadkeep.tests.faults.proxy import proxying

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from pymongo import AsyncMongoClient

    from threadkeep.services import Tuning

Pair = tuple[Threadkeep, Threadkeep]


@pytest.fixture
def database_name(emptied_database_name: str) -> str:
    """One that is there already: none of these tests is about how a database begins."""
    return emptied_database_name


@pytest.fixture
async def keeps(
    mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str, tuning: Tuning
) -> AsyncIterator[Pair]:
    """Two Threadkeeps on one database that know nothing of each other, as those of two processes; nobody sweeps."""
    options: dict[str, Any] = {"database": database_name, "sweep_seconds": None, "tuning": tuning}
    async with Threadkeep(mongo_client, **options) as one, Threadkeep(mongo_client, **options) as other:
        yield one, other


@pytest.fixture
async def standalone_keeps(tuning: Tuning) -> AsyncIterator[Pair]:
    """The same on a MongoDB that has no transactions."""
    client = mongomock_client()
    options: dict[str, Any] = {"sweep_seconds": None, "tuning": tuning}
    async with Threadkeep(client, **options) as one, Threadkeep(client, **options) as other:
        yield one, other


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where the services of a pytest worker come from."""
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture
def serve(nursery: Nursery, tmp_path: Path) -> Serve:
    """Starts services that are processes of their own."""
    return Serve(nursery, tmp_path)


@pytest.fixture(scope="session")
def standalone_url() -> Iterator[str]:
    """A MongoDB server without transactions, in memory."""
    port = free_port()
    command = [
        str(Path(sys.executable).with_name("secantusd-py")),
        "--standalone",
        "--port",
        str(port),
        "--storage-path",
        ":memory:",
        "--log-level",
        "ERROR",
    ]
    # killed in the end, it leaves its folder behind
    with TemporaryDirectory() as folder, subprocess.Popen(command, env=os.environ | {"TMPDIR": folder}) as server:
        url = f"mongodb://127.0.0.1:{port}/?retryWrites=false"
        with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=30_000) as client:
            client.admin.command("ping")
        yield url
        server.kill()


@pytest.fixture(scope="module")
def place(
    nursery: Nursery, mongo: MongoClient[dict[str, Any]], mongo_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """Started while the database was away: `test_start…` comes first where tests come in order, and needs no more than that."""
    serve = Serve(nursery, tmp_path_factory.mktemp("outages"))
    name = f"test-{secrets.token_hex(8)}"
    with proxying(mongo.address or ("", 0)) as proxy:
        proxy.refusing = True
        url = mongo_url.replace("{}:{}".format(*(mongo.address or ())), proxy.address)
        # A primary that steps down tells the driver's monitor, and tells it again when it is back; a fail point does not.
        url += ("&" if "?" in url else "?") + "heartbeatFrequencyMS=500"
        timeouts = {"database_timeout_seconds": TIMEOUT, "request_timeout_seconds": DEADLINE}
        with serve.started(url, database=name, max_connections=50, **timeouts) as service:
            service.wait_until(200, "/healthz")
            yield Place(service, proxy)
    mongo.drop_database(name)


@pytest.fixture
def ready(place: Place) -> Place:
    """The service when its database is there."""
    place.proxy.refusing = False
    place.service.wait_until(200)
    return place


@pytest.fixture
async def client(place: Place) -> AsyncIterator[httpx2.AsyncClient]:
    """An admin without retries."""
    headers = {"authorization": f"Bearer {ADMIN_KEY}"}
    limits = httpx2.Limits(max_connections=200, max_keepalive_connections=200)
    async with httpx2.AsyncClient(
        verify=certificates(), base_url=place.service.url, headers=headers, timeout=60, limits=limits
    ) as client:
        yield client
