from __future__ import annotations

import pytest


@pytest.fixture
def database_name(emptied_database_name: str) -> str:
    """A database with empty collections, because creating collections takes longer than the tests."""
    return emptied_database_name
