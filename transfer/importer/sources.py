"""Opens the source of an import: a JSON file or a Parquet folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ...errors import InvalidInput
from .json_source import ConversationFile, Entry

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator


class ImportSource(Protocol):
    """The entries of a file or folder, to be iterated once. `done` of `total` bytes or rows were read."""

    total: int

    @property
    def done(self) -> int:
        """The bytes or rows that were read."""

    def __iter__(self) -> Iterator[Entry]: ...


def open_source(path: str | os.PathLike[str]) -> ImportSource:
    """Return the source at `path`: a JSON or JSON Lines file, or the folder of a Parquet export.

    Raises `InvalidInput` if `path` does not exist.
    """
    path = Path(path)
    if not path.exists():
        raise InvalidInput.at("file", f"there is no file or folder {path}")
    if path.is_dir():
        from .parquet_source import ParquetFolder  # noqa: PLC0415 - only Parquet needs pyarrow

        return ParquetFolder(path)
    return ConversationFile(path)
