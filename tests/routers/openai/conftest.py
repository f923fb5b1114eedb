"""The unmodified `openai` SDK, synchronous and asynchronous, on the port of the service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from openai import AsyncOpenAI, OpenAI

from threadkeep.client import Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from threadkeep.tests.live_server import LiveServer


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ignore the warning of the SDK that the calls of `beta.threads` are deprecated."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.filterwarnings("ignore:The Assistants API:DeprecationWarning"))


def sdk_options(server: LiveServer, **changes: Any) -> dict[str, Any]:
    """Return the options of an SDK client: URL, key and no retries."""
    return {"base_url": f"{server.url}/openai/v1", "api_key": server.admin_key, "max_retries": 0} | changes


@pytest.fixture
def sdk(shared_sdk: OpenAI, live_server: LiveServer) -> OpenAI:
    """The synchronous client, without retries."""
    return shared_sdk


@pytest.fixture(scope="session")
def shared_sdk(served: LiveServer) -> Iterator[OpenAI]:
    """One client for each pytest worker, because creating a client takes longer than most tests."""
    with OpenAI(**sdk_options(served)) as client:
        yield client


@pytest.fixture
def async_sdk(shared_async_sdk: AsyncOpenAI, live_server: LiveServer) -> AsyncOpenAI:
    """The asynchronous client, without retries."""
    return shared_async_sdk


@pytest.fixture(scope="session")
async def shared_async_sdk(served: LiveServer) -> AsyncIterator[AsyncOpenAI]:
    """One client for each pytest worker."""
    async with AsyncOpenAI(**sdk_options(served)) as client:
        yield client


@pytest.fixture
def sdk_of(sdk: OpenAI) -> Callable[[str], OpenAI]:
    """Returns a function that gives the synchronous client with another key."""
    return lambda key: sdk.with_options(api_key=key)


@pytest.fixture
def native(native_client: Client, live_server: LiveServer) -> Client:
    """The client of Threadkeep, on the same service."""
    return native_client


@pytest.fixture(scope="session")
def native_client(served: LiveServer) -> Iterator[Client]:
    """One client for each pytest worker."""
    with Client(served.url, served.admin_key) as client:
        yield client


@pytest.fixture
def http(http_client: httpx2.Client, live_server: LiveServer) -> httpx2.Client:
    """An HTTP client of the OpenAI API, for requests that the SDK cannot send."""
    return http_client


@pytest.fixture(scope="session")
def http_client(served: LiveServer) -> Iterator[httpx2.Client]:
    """One client for each pytest worker."""
    headers = {"authorization": f"Bearer {served.admin_key}"}
    with httpx2.Client(base_url=f"{served.url}/openai/v1", headers=headers, timeout=30) as client:
        yield client
