"""Writes files of conversations."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Write = Callable[..., Path]


@pytest.fixture
def database_name(emptied_database_name: str) -> str:
    """A database with empty collections, because creating collections takes longer than the tests."""
    return emptied_database_name


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Returns a function that writes a file: values as JSON Lines, texts unchanged."""

    def write_file(*values: Any, name: str = "input.jsonl") -> Path:
        path = tmp_path / name
        lines = [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values]
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    return write_file
