"""Fixtures for the ways into Threadkeep. Every behaviour test runs once for each way."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, cast

import pytest

from threadkeep.client import AsyncClient, Client
from threadkeep.tests.behaviour.blocking import AwaitableClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from openai import AsyncOpenAI

    from threadkeep.keep import Threadkeep
    from threadkeep.tests.behaviour.openai_services import OpenAIServices
    from threadkeep.tests.factories import ServiceProvider
    from threadkeep.tests.live_server import LiveServer

IN_MEMORY = "mongomock"
CLIENTS = ("async_client", "client")
ON_A_SERVER = ("services", *CLIENTS)
OPENAI = "openai"
SDK_WARNING = pytest.mark.filterwarnings("ignore:The Assistants API:DeprecationWarning")
OPENAI_MODULES = ("messages_creation", "messages_deletion", "messages_order", "messages_paging", "threads_deletion")
"""Test modules whose calls the OpenAI SDK has too, named without `test_`."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test in memory, in three ways on a server, and over the OpenAI SDK if its module is in `OPENAI_MODULES`.

    `make test` runs it in one of these ways, `make test-slow` in the others. A hash of the name of the test selects the way,
    so that each way runs a similar part of the tests. In `make test`, a test marked `large` runs in memory. Both clients send
    the same requests, so one of them runs a test only in `make chaos`.
    """
    if "services" in metafunc.fixturenames:
        ways = [IN_MEMORY, *ON_A_SERVER]
        if metafunc.module.__name__.rpartition("test_")[2] in OPENAI_MODULES:
            ways.append(OPENAI)
        impossible = {marker.args[0] for marker in metafunc.definition.iter_markers("not_through")}
        possible = [way for way in ways if way not in impossible]
        chosen = possible[zlib.crc32(metafunc.function.__name__.encode()) % len(possible)]
        is_large = metafunc.definition.get_closest_marker("large") is not None
        if is_large:
            chosen = IN_MEMORY
        marks = {
            way: [pytest.mark.chaos if is_large and way in CLIENTS else pytest.mark.slow]
            for way in ways
            if way != chosen
        }
        spare = _spare_client(chosen, metafunc.function.__name__)
        if spare in marks:
            marks[spare] = [pytest.mark.chaos]
        metafunc.parametrize("services", [_param(way, marks.get(way, [])) for way in ways], indirect=True)


def _spare_client(chosen: str, name: str) -> str:
    """The client that does not run this test in `make test` and `make test-slow`."""
    others = [client for client in CLIENTS if client != chosen]
    return others[zlib.crc32(name.encode()) % len(others)]


def _param(way: str, marks: list[Any]) -> Any:
    return pytest.param(way, marks=[*marks, SDK_WARNING] if way == OPENAI else marks)


@pytest.fixture
def services(request: pytest.FixtureRequest) -> ServiceProvider:
    """Return the services in the way that the test runs in, on a database without users."""
    way: str = request.param
    for marker in request.node.iter_markers("not_through"):
        if marker.args[0] == way:
            pytest.skip(marker.kwargs["reason"])
    return cast("ServiceProvider", request.getfixturevalue(f"{way}_way"))


@pytest.fixture
def mongomock_way(keep_in_memory: Threadkeep) -> Threadkeep:
    """The services on MongoDB in memory, which has no transactions."""
    return keep_in_memory


@pytest.fixture
def services_way(shared_keep: Threadkeep) -> Threadkeep:
    """The services on a server."""
    return shared_keep


@pytest.fixture
def async_client_way(async_client: AsyncClient, live_server: LiveServer) -> AsyncClient:
    """The asynchronous client over HTTP."""
    return async_client


@pytest.fixture(scope="session")
async def async_client(served: LiveServer) -> AsyncIterator[AsyncClient]:
    """The asynchronous client over HTTP."""
    async with AsyncClient(served.url, served.admin_key) as client:
        yield client


@pytest.fixture
def client_way(client: Client, live_server: LiveServer) -> AwaitableClient:
    """The blocking client over HTTP."""
    return AwaitableClient(client)


@pytest.fixture(scope="session")
def client(served: LiveServer) -> Iterator[Client]:
    """The blocking client over HTTP."""
    with Client(served.url, served.admin_key) as client:
        yield client


@pytest.fixture
def openai_way(async_client: AsyncClient, openai_sdk: AsyncOpenAI, live_server: LiveServer) -> OpenAIServices:
    """The `openai` SDK over HTTP, and the asynchronous client for calls that the SDK does not have."""
    from threadkeep.tests.behaviour.openai_services import OpenAIServices  # noqa: PLC0415  takes a second to import

    return OpenAIServices(async_client, openai_sdk)


@pytest.fixture(scope="session")
async def openai_sdk(served: LiveServer) -> AsyncIterator[AsyncOpenAI]:
    """The unmodified `openai` SDK."""
    from openai import AsyncOpenAI  # noqa: PLC0415  takes a second to import

    async with AsyncOpenAI(base_url=f"{served.url}/openai/v1", api_key=served.admin_key) as sdk:
        yield sdk


@pytest.fixture
def database_name(emptied_database_name: str) -> str:
    """Reuse one database with empty collections: these tests are many, and none is about the creation of a database."""
    return emptied_database_name
