"""Collects the rows of many threads, in any order, and gives them back thread by thread, with little memory.

The rows wait in a temporary database of SQLite. Large ones move to disk, and nothing of them remains there.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ....json_elements import elements_of
from ....stored_json import as_json
from .names import bounded_key

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class GroupBounds:
    """The bounds of the rows of one thread."""

    bytes: int = 128 * 1024 * 1024
    elements: int = 4_000_000
    """The most keys and values. Each may take 100 bytes of memory."""


class Groups:
    """Rows by key. Keys keep the order in which they came first, and rows of a key their order."""

    def __init__(self, database: sqlite3.Connection, bounds: GroupBounds) -> None:
        self._database = database
        self._bounds = bounds
        self._is_indexed = False
        database.execute("CREATE TABLE entries (number INTEGER PRIMARY KEY, key TEXT, elements INTEGER, value BLOB)")

    def add(self, key: str, row: Any) -> None:
        """Add a row: any JSON value. Raises `ValueError` if the key is too long."""
        text = as_json([key, row])
        values = (_key(bounded_key(key)), elements_of(text), text)
        self._database.execute("INSERT INTO entries (key, elements, value) VALUES (?, ?, ?)", values)

    def replace(self, key: str, row: Any) -> None:
        """Put a row in the place of all rows of its key."""
        self._index()
        text = as_json([key, row])
        values = (elements_of(text), text, _key(bounded_key(key)))
        if not self._database.execute("UPDATE entries SET elements = ?, value = ? WHERE key = ?", values).rowcount:
            self.add(key, row)

    def __iter__(self) -> Iterator[tuple[str, list[Any] | None]]:
        """Each key with its rows; None for the rows if they are too large for the memory."""
        self._index()
        keys = "SELECT key, SUM(LENGTH(value)), SUM(elements) FROM entries GROUP BY key ORDER BY MIN(number)"
        for key, size, elements in self._database.execute(keys):
            found = self._database.execute("SELECT value FROM entries WHERE key = ? ORDER BY number", (key,))
            fits = size <= self._bounds.bytes and elements <= self._bounds.elements
            rows = [json.loads(value) for (value,) in found] if fits else None
            yield (rows[0][0], [row for _, row in rows]) if rows is not None else (key, None)

    def _index(self) -> None:
        """Rows are found by their key from here on. An index that exists from the beginning would slow all others down."""
        if not self._is_indexed:
            self._database.execute("CREATE INDEX by_key ON entries (key, number)")
            self._is_indexed = True


def _key(key: str) -> str:
    return key.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


@contextmanager
def grouped(bounds: GroupBounds) -> Iterator[Groups]:
    """Yield groups in a temporary database."""
    with closing(sqlite3.connect("", isolation_level=None)) as database:
        for setting in ("journal_mode = OFF", "synchronous = OFF", "temp_store = FILE"):
            database.execute(f"PRAGMA {setting}")
        database.execute("BEGIN")
        yield Groups(database, bounds)
