"""Fixtures: two Threadkeeps on one database, services in separate processes, and a service behind a proxy."""

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
from threadkeep.tests.faults.outages import DEADLINE, TIMEOUT, ServiceBehindProxy
from threadkeep.tests.faults.processes import ADMIN_KEY, ForkServer, Serve, free_port
from threadkeep.tests.faults.proxy import proxying

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from pymongo import AsyncMongoClient

    from threadkeep.services import Tuning

Pair = tuple[Threadkeep, Threadkeep]


@pytest.fixture
def database_name(emptied_database_name: str) -> str:
    """Reuse one database with empty collections: none of these tests is about the creation of a database."""
    return emptied_database_name


@pytest.fixture
async def keeps(
    mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str, tuning: Tuning
) -> AsyncIterator[Pair]:
    """Two Threadkeeps on one database that share no memory, as in two processes. No sweeper runs."""
    options: dict[str, Any] = {"database": database_name, "sweep_seconds": None, "tuning": tuning}
    async with Threadkeep(mongo_client, **options) as one, Threadkeep(mongo_client, **options) as other:
        yield one, other


@pytest.fixture
async def standalone_keeps(tuning: Tuning) -> AsyncIterator[Pair]:
    """Two Threadkeeps as `keeps`, on a MongoDB without transactions."""
    client = mongomock_client()
    options: dict[str, Any] = {"sweep_seconds": None, "tuning": tuning}
    async with Threadkeep(client, **options) as one, Threadkeep(client, **options) as other:
        yield one, other


@pytest.fixture(scope="session")
def fork_server() -> Iterator[ForkServer]:
    """The process that starts all services of a pytest worker."""
    fork_server = ForkServer()
    yield fork_server
    fork_server.close()


@pytest.fixture
def serve(fork_server: ForkServer, tmp_path: Path) -> Serve:
    """A function that starts services in separate processes."""
    return Serve(fork_server, tmp_path)


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
    # the killed server does not remove its folder
    with TemporaryDirectory() as folder, subprocess.Popen(command, env=os.environ | {"TMPDIR": folder}) as server:
        url = f"mongodb://127.0.0.1:{port}/?retryWrites=false"
        with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=30_000) as client:
            client.admin.command("ping")
        yield url
        server.kill()


@pytest.fixture(scope="module")
def service_behind_proxy(
    fork_server: ForkServer,
    mongo: MongoClient[dict[str, Any]],
    mongo_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ServiceBehindProxy]:
    """A service that was started while its database was unreachable. `test_a_start_…` is first in its file and needs only that."""
    serve = Serve(fork_server, tmp_path_factory.mktemp("outages"))
    name = f"test-{secrets.token_hex(8)}"
    with proxying(mongo.address or ("", 0)) as proxy:
        proxy.refusing = True
        url = mongo_url.replace("{}:{}".format(*(mongo.address or ())), proxy.address)
        # A primary reports to the driver's monitor when it steps down and when it returns. A fail point reports nothing.
        url += ("&" if "?" in url else "?") + "heartbeatFrequencyMS=500"
        timeouts = {"database_timeout_seconds": TIMEOUT, "request_timeout_seconds": DEADLINE}
        with serve.started(url, database=name, max_connections=50, **timeouts) as service:
            service.wait_until(200, "/healthz")
            yield ServiceBehindProxy(service, proxy)
    mongo.drop_database(name)


@pytest.fixture
def ready(service_behind_proxy: ServiceBehindProxy) -> ServiceBehindProxy:
    """The service after its database became reachable."""
    service_behind_proxy.proxy.refusing = False
    service_behind_proxy.service.wait_until(200)
    return service_behind_proxy


@pytest.fixture
async def client(service_behind_proxy: ServiceBehindProxy) -> AsyncIterator[httpx2.AsyncClient]:
    """An HTTP client with an admin key and without retries."""
    headers = {"authorization": f"Bearer {ADMIN_KEY}"}
    limits = httpx2.Limits(max_connections=200, max_keepalive_connections=200)
    async with httpx2.AsyncClient(
        verify=certificates(), base_url=service_behind_proxy.service.url, headers=headers, timeout=60, limits=limits
    ) as client:
        yield client
