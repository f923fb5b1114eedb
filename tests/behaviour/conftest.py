"""The ways in: every behaviour test runs once for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from threadkeep.client import AsyncClient, Client
from threadkeep.keep import Threadkeep
from threadkeep.testing import mongomock_client
from threadkeep.tests.behaviour.blocking import AwaitableClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from threadkeep.tests.factories import Door
    from threadkeep.tests.live_server import LiveServer

DOORS = ("mongomock", "services", "async_client", "client")


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> Door:
    """The services in memory, the services on a server, and both clients over HTTP: on a database without users."""
    way: str = request.param
    for marker in request.node.iter_markers("not_through"):
        if marker.args[0] == way:
            pytest.skip(marker.kwargs["reason"])
    return cast("Door", request.getfixturevalue(f"{way}_door"))


@pytest.fixture
async def mongomock_door() -> AsyncIterator[Threadkeep]:
    """The services on MongoDB in memory, which has no transactions."""
    async with Threadkeep(mongomock_client(), sweep_seconds=None) as keep:
        yield keep


@pytest.fixture
def services_door(keep: Threadkeep) -> Threadkeep:
    """The services on a server."""
    return keep


@pytest.fixture
async def async_client_door(live_server: LiveServer) -> AsyncIterator[AsyncClient]:
    """The awaited client over HTTP."""
    async with AsyncClient(live_server.url, live_server.admin_key) as client:
        yield client


@pytest.fixture
def client_door(live_server: LiveServer) -> Iterator[AwaitableClient]:
    """The blocking client over HTTP."""
    with Client(live_server.url, live_server.admin_key) as client:
        yield AwaitableClient(client)
