"""Fixtures for a project's own tests: `pytest_plugins = ["threadkeep.testing.plugin"]` in its conftest.py."""

from typing import Any

import pytest
from pymongo.asynchronous.database import AsyncDatabase

from . import mongomock_client


@pytest.fixture
def mongomock_database() -> AsyncDatabase[dict[str, Any]]:
    """Return an empty database in memory, on a client of its own."""
    return mongomock_client()["test"]
