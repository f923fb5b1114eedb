"""Reads an export from a folder of Parquet files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from ....errors import InvalidInput
from ...parquet_schema import KINDS, MANIFEST, line_values, parts
from ..entries import FileEntry
from ..reading import Unreadable, parse_json
from .rows import row_count, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_COUNTS = ("users", "threads", "messages")
_MAX_MANIFEST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Row:
    """One row, and its location. `fault` says why its values cannot be used; its id and its thread are known."""

    location: str
    values: dict[str, Any]
    fault: str | None = None

    def entry(self, kind: Any) -> FileEntry:
        return (
            FileEntry(self.location, kind, self.values)
            if self.fault is None
            else FileEntry(self.location, "broken", self.fault)
        )


class ParquetFolder:
    """The entries of a complete export; `done` of `total` rows were read.

    Raises `InvalidInput` if the folder has no manifest, so that the export is not complete.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._manifest = _manifest(path)
        self.total = sum(row_count(file) for kind in KINDS for file in parts(path, kind))
        self.done = 0
        self._location = MANIFEST

    def __iter__(self) -> Iterator[FileEntry]:
        """Yield the entries. If a file cannot be read, the export ends there: its last thread may be incomplete."""
        header = {name: value for name, value in self._manifest.items() if name not in _COUNTS}
        yield FileEntry(MANIFEST, "export", header)
        try:
            for user in self._rows("users"):
                yield user.entry("user")
            yield from self._threads()
        except Unreadable as error:
            yield FileEntry(self._location, "broken", str(error))
            return
        counts = {name: self._manifest.get(name) for name in _COUNTS}
        yield FileEntry(MANIFEST, "export.end", {"object": "export.end", **counts})

    def _threads(self) -> Iterator[FileEntry]:
        """Merge threads and messages in one pass: both are in the order of thread ids."""
        messages = self._rows("messages")
        message = next(messages, None)
        for thread in self._rows("threads"):
            yield thread.entry("thread")
            while message is not None and message.values["thread_id"] == thread.values["id"]:
                yield message.entry("message")
                message = next(messages, None)
            yield FileEntry(thread.location, "end", None)
        if message is not None:
            missing = f"its thread {message.values['thread_id']!r} is missing from threads/"
            yield FileEntry(message.location, "broken", missing)

    def _rows(self, kind: str) -> Iterator[_Row]:
        for file in parts(self._path, kind):
            self._location = f"{kind}/{file.name}"
            for number, columns in enumerate(rows_of(file, kind), 1):
                self.done += 1
                self._location = f"{kind}/{file.name}, row {number}"
                yield _row(kind, self._location, columns)
                self._location = f"{kind}/{file.name}"  # another kind may be read meanwhile


def _row(kind: str, location: str, columns: dict[str, Any]) -> _Row:
    try:
        return _Row(location, line_values(kind, columns, parse_json))
    except (orjson.JSONDecodeError, Unreadable) as error:
        return _Row(location, columns, f"a column of JSON cannot be read: {error}")


def _manifest(path: Path) -> dict[str, Any]:
    try:
        with (path / MANIFEST).open("rb") as file:
            found = orjson.loads(file.read(_MAX_MANIFEST_BYTES))
    except (FileNotFoundError, orjson.JSONDecodeError):
        found = None
    if not isinstance(found, dict):
        raise InvalidInput.at("file", f"{path} holds no complete export: {MANIFEST} is missing") from None
    return found
