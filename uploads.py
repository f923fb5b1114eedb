"""Files that callers pass: as bytes, or as a path. They are read in pieces."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

PIECE_BYTES = 256 * 1024

File = bytes | str | os.PathLike[str]


def read_upload(file: File) -> Iterator[bytes]:
    """The pieces of a file. Raises `InvalidInput` if there is no file at the path, or if it is neither bytes nor a path."""
    if isinstance(file, (bytes, bytearray, memoryview)):
        content = memoryview(file)
        for start in range(0, len(content), PIECE_BYTES):
            yield bytes(content[start : start + PIECE_BYTES])
        return
    if not isinstance(file, (str, os.PathLike)):
        raise InvalidInput.at("file", "must be the path of a file, or its bytes", "file_type")
    try:
        with Path(file).open("rb") as opened:
            while piece := opened.read(PIECE_BYTES):
                yield piece
    except (OSError, ValueError) as error:
        raise InvalidInput.at("file", f"cannot be read: {error}", "file_type") from error


async def pieces_of_upload(file: File) -> AsyncIterator[bytes]:
    """The pieces of a file, which is read in another thread."""
    pieces = read_upload(file)
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece
