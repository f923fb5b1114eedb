"""Files that callers pass: as bytes, or as a path. They are read in pieces."""

from __future__ import annotations

import asyncio
import os
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

PIECE_BYTES = 256 * 1024

File = bytes | str | os.PathLike[str]


def read_upload(file: File) -> Iterator[bytes]:
    """The pieces of a file. Raises `InvalidInput` if there is no file at the path, or if it is neither bytes nor a path.

    The first piece is read by this call. So a file that cannot be read is refused before anything is sent or stored.
    """
    pieces = _pieces_of(file)
    first = list(islice(pieces, 1))
    return chain(first, pieces)


async def read_upload_in_thread(file: File) -> AsyncIterator[bytes]:
    """Like `read_upload`. The file is read in another thread."""
    return _read_in_thread(await asyncio.to_thread(read_upload, file))


def _pieces_of(file: File) -> Iterator[bytes]:
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


async def _read_in_thread(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece
