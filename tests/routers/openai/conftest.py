"""The unmodified `openai` SDK, blocking and awaited, on the service's port."""

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
    """The SDK says of each call of `beta.threads` that OpenAI has switched it off."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.filterwarnings("ignore:The Assistants API:DeprecationWarning"))


def sdk_options(server: LiveServer, **changes: Any) -> dict[str, Any]:
    """What the SDK needs to know."""
    return {"base_url": f"{server.url}/openai/v1", "api_key": server.admin_key, "max_retries": 0} | changes


@pytest.fixture
def sdk(blocking_sdk: OpenAI, live_server: LiveServer) -> OpenAI:
    """The blocking client, which does not try again."""
    return blocking_sdk


@pytest.fixture(scope="session")
def blocking_sdk(served: LiveServer) -> Iterator[OpenAI]:
    """One for each pytest worker, as all of these: to make one takes longer than most tests."""
    with OpenAI(**sdk_options(served)) as client:
        yield client


@pytest.fixture
def async_sdk(awaited_sdk: AsyncOpenAI, live_server: LiveServer) -> AsyncOpenAI:
    """The awaited client, which does not try again."""
    return awaited_sdk


@pytest.fixture(scope="session")
async def awaited_sdk(served: LiveServer) -> AsyncIterator[AsyncOpenAI]:
    """One for each pytest worker."""
    async with AsyncOpenAI(**sdk_options(served)) as client:
        yield client


@pytest.fixture
def sdk_of(sdk: OpenAI) -> Callable[[str], OpenAI]:
    """The blocking client with another key."""
    return lambda key: sdk.with_options(api_key=key)


@pytest.fixture
def native(native_client: Client, live_server: LiveServer) -> Client:
    """Threadkeep's own client, on the same service."""
    return native_client


@pytest.fixture(scope="session")
def native_client(served: LiveServer) -> Iterator[Client]:
    """One for each pytest worker."""
    with Client(served.url, served.admin_key) as client:
        yield client


@pytest.fixture
def http(door: httpx2.Client, live_server: LiveServer) -> httpx2.Client:
    """The door without the SDK, for what the SDK cannot send."""
    return door


@pytest.fixture(scope="session")
def door(served: LiveServer) -> Iterator[httpx2.Client]:
    """One for each pytest worker."""
    headers = {"authorization": f"Bearer {served.admin_key}"}
    with httpx2.Client(base_url=f"{served.url}/openai/v1", headers=headers) as client:
        yield client
