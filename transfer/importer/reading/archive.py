"""Opens a zip file once for all of its members, also for very many."""

from __future__ import annotations

import io
import weakref
import zipfile
from typing import TYPE_CHECKING

from ....errors import InvalidInput
from .faults import DAMAGE

if TYPE_CHECKING:
    from pathlib import Path

_MOST_BYTES_AT_ONCE = 16 * 1024 * 1024
"""The most bytes of the list of members, which is read at once. That is enough for 100,000 names of more than 100 characters."""


class _Archived(io.BufferedReader):
    """A file that refuses a read of too many bytes."""

    def __init__(self, path: Path, most_bytes: int) -> None:
        super().__init__(io.FileIO(path))
        self._most_bytes = most_bytes

    def read(self, size: int | None = -1, /) -> bytes:
        """Read at most `size` bytes."""
        if size is not None and size > self._most_bytes:
            raise OSError(f"the list of its members has more than {self._most_bytes >> 20} MiB")
        return super().read(size)


def open_archive(path: Path, name: str, *, most_bytes: int = _MOST_BYTES_AT_ONCE) -> zipfile.ZipFile:
    """Open a zip file whose list of members has at most `most_bytes`. It is closed when nothing refers to it any more.

    Raises `InvalidInput` if it is damaged, or if that list is longer.
    """
    file = _Archived(path, most_bytes)
    try:
        archive = zipfile.ZipFile(file)
    except DAMAGE as error:
        file.close()
        raise InvalidInput.at("file", f"{name} cannot be read as a zip file: {error}") from None
    weakref.finalize(archive, file.close)
    return archive
