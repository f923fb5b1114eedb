"""Pytest fixtures. To use them, put `pytest_plugins = ["threadkeep.testing.plugin"]` into your conftest.py."""

from typing import Any

import pytest
from pymongo.asynchronous.database import AsyncDatabase

from . import mongomock_client


@pytest.fixture
def mongomock_database() -> AsyncDatabase[dict[str, Any]]:
    """Return an empty database in memory, on a new client."""
    return mongomock_client()["test"]
