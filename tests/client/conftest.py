"""A server that follows a script, and both clients, which must behave the same."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from threadkeep.client import AsyncClient, Client
from threadkeep.tests.client.driving import Driven
from threadkeep.tests.client.scripted_server import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator


class Connect(Protocol):
    """Makes a client, closed after the test."""

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
    """How long the client waited before each retry, had it not been a test."""
    return []


@pytest.fixture(params=["sync", "async"])
def connect(request: pytest.FixtureRequest, waits: list[float]) -> Iterator[Connect]:
    """Each test that connects is run through both clients; they wait half a second more with each retry, and no time at all."""
    opened: list[Any] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    with asyncio.Runner() as runner:

        def connecting(url: str, api_key: str = "tk_key", **options: Any) -> Any:
            options = {"backoff": lambda retries: (retries + 1) / 2} | options
            if request.param == "sync":
                opened.append(Client(url, api_key, sleep=waits.append, **options))
            else:
                opened.append(Driven(AsyncClient(url, api_key, sleep=sleep, **options), runner))
            return opened[-1]

        yield connecting
        for client in opened:
            client.close()


@pytest.fixture
def client(connect: Connect, server: ScriptedServer) -> Any:
    return connect(server.url)
