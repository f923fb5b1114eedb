"""Fixtures that run each test with both clients, against a server with scripted answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from threadkeep.client import AsyncClient, Client
from threadkeep.tests.client.blocking_async_client import BlockingAsyncClient
from threadkeep.tests.client.scripted_server import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator


class Connect(Protocol):
    """Creates a client that is closed after the test."""

    def __call__(self, url: str, api_key: str = "tk_key", **options: Any) -> Any: ...


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("THREADKEEP_URL", raising=False)
    monkeypatch.delenv("THREADKEEP_API_KEY", raising=False)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def waits() -> list[float]:
    """The seconds that the client would have waited before each retry."""
    return []


@pytest.fixture(params=["sync", "async"])
def connect(request: pytest.FixtureRequest, waits: list[float]) -> Iterator[Connect]:
    """Run the test with both clients. Their waits grow by 0.5 seconds with each retry, and are only recorded."""
    opened: list[Any] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    with asyncio.Runner() as runner:

        def new_client(url: str, api_key: str = "tk_key", **options: Any) -> Any:
            options = {"backoff": lambda retries: (retries + 1) / 2} | options
            if request.param == "sync":
                opened.append(Client(url, api_key, sleep=waits.append, **options))
            else:
                opened.append(BlockingAsyncClient(AsyncClient(url, api_key, sleep=sleep, **options), runner))
            return opened[-1]

        yield new_client
        for client in opened:
            client.close()


@pytest.fixture
def client(connect: Connect, server: ScriptedServer) -> Any:
    return connect(server.url)
