"""Fixtures of these tests."""

from __future__ import annotations

import pytest


@pytest.fixture
def database_name(emptied_database_name: str) -> str:
    """One that is there already: these tests are many, and none of them is about how a database begins."""
    return emptied_database_name
