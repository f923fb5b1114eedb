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
def sdk(live_server: LiveServer) -> Iterator[OpenAI]:
    """The blocking client, which does not try again."""
    with OpenAI(**sdk_options(live_server)) as client:
        yield client


@pytest.fixture
async def async_sdk(live_server: LiveServer) -> AsyncIterator[AsyncOpenAI]:
    """The awaited client, which does not try again."""
    async with AsyncOpenAI(**sdk_options(live_server)) as client:
        yield client


@pytest.fixture
def sdk_of(live_server: LiveServer) -> Iterator[Callable[[str], OpenAI]]:
    """Blocking clients with other keys."""
    clients: list[OpenAI] = []

    def make(key: str) -> OpenAI:
        clients.append(OpenAI(**sdk_options(live_server, api_key=key)))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def native(live_server: LiveServer) -> Iterator[Client]:
    """Threadkeep's own client, on the same service."""
    with Client(live_server.url, live_server.admin_key) as client:
        yield client


@pytest.fixture
def http(live_server: LiveServer) -> Iterator[httpx2.Client]:
    """The door without the SDK, for what the SDK cannot send."""
    headers = {"authorization": f"Bearer {live_server.admin_key}"}
    with httpx2.Client(base_url=f"{live_server.url}/openai/v1", headers=headers) as client:
        yield client
