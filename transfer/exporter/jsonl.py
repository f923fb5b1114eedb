"""Writes an export as JSON Lines: a header, users, each thread followed by its messages, and a last line of counts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ...errors import InvalidInput
from ...private_files import open_private, replace_private
from ..export_format import is_header
from .lines import header_line, last_line, step_lines

if TYPE_CHECKING:
    from pathlib import Path

    from .checkpoint import Checkpoint, Counts
    from .cursor import Step


_LONGEST_HEADER = 64 * 1024


class JsonLinesWriter:
    """Writes one file. Its name ends in `.part` until it is complete; the `mark` of a checkpoint is its size in bytes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.unfinished = path.with_name(f"{path.name}.part")
        self.state = path.with_name(f"{path.name}.state")
        self.lock = path.with_name(f"{path.name}.lock")

    def exists(self) -> bool:
        """Whether a complete export, or another file, exists at this path."""
        return self._path.exists()

    def replaceable(self) -> bool:
        """Whether the file is empty, or its first line is that of an export."""
        if not self._path.is_file():
            return False
        with self._path.open("rb") as file:
            first = file.readline(_LONGEST_HEADER)
        return not first or is_header(first)

    def open(self, checkpoint: Checkpoint) -> None:
        """Open the file. Lines after the checkpoint are cut off; the export writes them again.

        Raises `InvalidInput` if the file is missing or shorter than the checkpoint says.
        """
        try:
            self._file = open_private(self.unfinished, "r+b" if checkpoint.mark else "wb")
        except FileNotFoundError:
            raise InvalidInput.at("file", f"{self.unfinished} is gone; --restart begins anew") from None
        if self._file.seek(0, os.SEEK_END) < checkpoint.mark:
            raise InvalidInput.at("file", f"{self.unfinished} was cut off; --restart begins anew")
        self._file.truncate(checkpoint.mark)
        self._file.seek(checkpoint.mark)
        if not checkpoint.mark:
            self._file.write(header_line(checkpoint.header))

    def write(self, step: Step) -> int:
        """Write the rows of a step, and return the size of the file when they are on the disk."""
        self._file.writelines(step_lines(step))
        return self._sync()

    def finish(self, counts: Counts) -> None:
        """Write the last line, and give the file its final name."""
        self._file.write(last_line(counts))
        self._sync()
        self.state.unlink(missing_ok=True)
        replace_private(self.unfinished, self._path)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _sync(self) -> int:
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()
