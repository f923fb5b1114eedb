"""The ways in: every behaviour test runs once for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from threadkeep.keep import Threadkeep
from threadkeep.testing import mongomock_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from threadkeep.tests.factories import Door

DOORS = ("mongomock", "services")


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> Door:
    """The services in memory, the services on a server, and both clients over HTTP: on a database without users."""
    way: str = request.param
    for marker in request.node.iter_markers("not_through"):
        if marker.args[0] == way:
            pytest.skip(marker.kwargs["reason"])
    return cast("Door", request.getfixturevalue(f"{way}_door"))


@pytest.fixture
async def mongomock_door() -> AsyncIterator[Door]:
    """The services on MongoDB in memory, which has no transactions."""
    async with Threadkeep(mongomock_client(), sweep_seconds=None) as keep:
        yield keep


@pytest.fixture
def services_door(keep: Threadkeep) -> Door:
    """The services on a server."""
    return keep
