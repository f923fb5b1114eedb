"""Reads an export from a folder of Parquet files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pyarrow.parquet as pq

from ...errors import InvalidInput
from ..parquet_schema import KINDS, MANIFEST, line_values, parts
from .json_source import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ROWS = 1000
_COUNTS = ("users", "threads", "messages")


class ParquetFolder:
    """The entries of a complete export; `done` of `total` rows were read.

    Raises `InvalidInput` if the folder has no manifest, so that the export is not complete.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._manifest = orjson.loads((path / MANIFEST).read_bytes())
        except (FileNotFoundError, orjson.JSONDecodeError):
            raise InvalidInput.at("file", f"{path} holds no complete export: {MANIFEST} is missing") from None
        self.total = sum(pq.read_metadata(file).num_rows for kind in KINDS for file in parts(path, kind))
        self.done = 0

    def __iter__(self) -> Iterator[Entry]:
        header = {name: value for name, value in self._manifest.items() if name not in _COUNTS}
        yield Entry(MANIFEST, "export", header)
        for location, user in self._rows("users"):
            yield Entry(location, "user", user)
        yield from self._threads()
        yield Entry(MANIFEST, "export.end", {"object": "export.end"} | {name: self._manifest[name] for name in _COUNTS})

    def _threads(self) -> Iterator[Entry]:
        """Merge threads and messages in one pass: both are in the order of thread ids."""
        messages = self._rows("messages")
        location, message = next(messages, ("", {}))
        for thread_location, thread in self._rows("threads"):
            yield Entry(thread_location, "thread", thread)
            while message and message["thread_id"] == thread["id"]:
                yield Entry(location, "message", message)
                location, message = next(messages, ("", {}))
            yield Entry(thread_location, "end", None)
        if message:
            yield Entry(location, "broken", f"its thread {message['thread_id']!r} is missing from threads/")

    def _rows(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for file in parts(self._path, kind):
            number = 0
            with pq.ParquetFile(file) as opened:
                for batch in opened.iter_batches(_ROWS):
                    for columns in batch.to_pylist():
                        self.done += 1
                        number += 1
                        yield f"{kind}/{file.name}, row {number}", line_values(kind, columns)
