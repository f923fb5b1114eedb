from __future__ import annotations

import pytest


@pytest.fixture
def database_name(emptied_database_name: str) -> str:
    """A database with its collections: making them anew for each test is what costs."""
    return emptied_database_name
