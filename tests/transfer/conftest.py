"""Writes files of conversations."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from threadkeep.keep import Threadkeep

Write = Callable[..., Path]


@pytest.fixture
def keep(shared_keep: Threadkeep) -> Threadkeep:
    """These tests only call services."""
    return shared_keep


@pytest.fixture
def database_name(keep: Threadkeep) -> str:
    """The database of `keep`."""
    return keep.runtime.documents.database.name


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Returns a function that writes a file: values as JSON Lines, texts unchanged."""

    def write_file(*values: Any, name: str = "input.jsonl") -> Path:
        path = tmp_path / name
        lines = [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values]
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    return write_file
