"""Conversations in files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Write = Callable[..., Path]


@pytest.fixture
def database_name(emptied_database_name: str) -> str:
    """A database with its collections: making them anew for each test is what costs."""
    return emptied_database_name


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file: values as JSON Lines, or one text as it is."""

    def writing(*values: Any, name: str = "said.jsonl") -> Path:
        path = tmp_path / name
        lines = [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values]
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    return writing
