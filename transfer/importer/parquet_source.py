"""Reads an export from its folder of Parquet files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pyarrow.parquet as pq

from ...errors import InvalidInput
from ..exporter.parquet import MANIFEST, parts
from ..parquet_schema import KINDS, said
from .json_source import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ROWS = 1000
_COUNTS = ("users", "threads", "messages")


class ParquetFolder:
    """A complete export; `done` of `total` rows are read."""

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
        for place, user in self._rows("users"):
            yield Entry(place, "user", user)
        yield from self._threads()
        yield Entry(MANIFEST, "export.end", {"object": "export.end"} | {name: self._manifest[name] for name in _COUNTS})

    def _threads(self) -> Iterator[Entry]:
        """Threads and messages stand in the same order, so that one pass brings them together."""
        messages = self._rows("messages")
        place, message = next(messages, ("", {}))
        for thread_place, thread in self._rows("threads"):
            yield Entry(thread_place, "thread", thread)
            while message and message["thread_id"] == thread["id"]:
                yield Entry(place, "message", message)
                place, message = next(messages, ("", {}))
            yield Entry(thread_place, "end", None)
        if message:
            yield Entry(place, "broken", f"its thread {message['thread_id']!r} is not in threads/ where it should be")

    def _rows(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for file in parts(self._path, kind):
            number = 0
            with pq.ParquetFile(file) as opened:
                for batch in opened.iter_batches(_ROWS):
                    for columns in batch.to_pylist():
                        self.done += 1
                        number += 1
                        yield f"{kind}/{file.name}, row {number}", said(kind, columns)
