"""Connections to the service on a port, for all hostile tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from threadkeep.tests.live_server import LiveServer


@pytest.fixture(scope="session")
def http(served: LiveServer) -> Iterator[httpx2.Client]:
    """Connections to the service, for all tests of a pytest worker."""
    with httpx2.Client(base_url=served.url, timeout=30) as client:
        yield client
