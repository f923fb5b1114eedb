"""Where conversations are read from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ...errors import InvalidInput
from .json_source import ConversationFile, Entry

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator


class ImportSource(Protocol):
    """Entries to be read once, and how far the reading is: `done` of `total`, whatever is counted."""

    total: int

    @property
    def done(self) -> int:
        """How much was read."""

    def __iter__(self) -> Iterator[Entry]: ...


def open_source(path: str | os.PathLike[str]) -> ImportSource:
    """A file of JSON or JSON Lines, or an export's folder of Parquet files."""
    path = Path(path)
    if not path.exists():
        raise InvalidInput.at("file", f"there is no {path}")
    if path.is_dir():
        from .parquet_source import ParquetFolder  # noqa: PLC0415  only who reads Parquet needs pyarrow

        return ParquetFolder(path)
    return ConversationFile(path)
