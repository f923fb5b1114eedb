"""Writes an export as a folder of Parquet files: `users/`, `threads/` and `messages/`, in numbered parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pyarrow.parquet as pq

from ...errors import InvalidInput
from ...private_files import FOLDER_OF_OWNER, open_private, replace_private
from ..export_format import is_header
from ..parquet_schema import KINDS, MANIFEST, SCHEMAS, part_name, part_number, table

if TYPE_CHECKING:
    from pathlib import Path

    from .checkpoint import Checkpoint, Counts
    from .cursor import Step

PART_BYTES = 64 * 1024 * 1024
_GROUP_ROWS = 5000
_GROUP_BYTES = 16 * 1024 * 1024


class ParquetWriter:
    """Writes one folder. A part gets its final name when it is complete.

    The `mark` of a checkpoint is the number of complete parts.
    """

    def __init__(self, path: Path, part_rows: int) -> None:
        """A part is complete after `part_rows` rows, or after 64 MiB."""
        self._path = path
        self._max_part_rows = part_rows
        if path.exists() and not path.is_dir():
            raise InvalidInput.at("file", f"{path} is a file: Parquet goes into a folder")
        path.mkdir(FOLDER_OF_OWNER, exist_ok=True)
        self.state = path / "export.state"
        self.lock = path / "export.lock"
        self._files: dict[str, pq.ParquetWriter] = {}
        self._rows: dict[str, list[Any]] = {kind: [] for kind in KINDS}
        self._group_bytes = 0
        self._part_rows = 0
        self._part_bytes = 0

    def exists(self) -> bool:
        """Whether a complete export exists at this path."""
        return (self._path / MANIFEST).exists()

    def replaceable(self) -> bool:
        """Whether the manifest is empty, or that of an export."""
        manifest = self._path / MANIFEST
        if not manifest.is_file():
            return False
        content = manifest.read_bytes()
        return not content or is_header(content)

    def open(self, checkpoint: Checkpoint) -> None:
        """Prepare the folders. Parts after the checkpoint are removed; the export writes them again."""
        self._header = checkpoint.header
        self._part = checkpoint.mark + 1
        if not checkpoint.mark:
            (self._path / MANIFEST).unlink(missing_ok=True)
        for kind in KINDS:
            folder = self._path / kind
            folder.mkdir(FOLDER_OF_OWNER, exist_ok=True)
            for file in folder.glob("part-*.parquet*"):
                if file.suffix != ".parquet" or part_number(file) >= self._part:
                    file.unlink()

    def write(self, step: Step) -> int | None:
        """Take the rows of a step. Return the number of complete parts if the step completed one, else None."""
        self._rows["users"] += step.users
        for piece in step.pieces:
            if piece.begins:
                self._rows["threads"].append(piece.thread)
            self._rows["messages"] += piece.messages
        self._group_bytes += step.size
        self._part_rows += step.count
        self._part_bytes += step.size
        if self._group_bytes >= _GROUP_BYTES or sum(map(len, self._rows.values())) >= _GROUP_ROWS:
            self._write_groups()
        if self._part_rows < self._max_part_rows and self._part_bytes < PART_BYTES:
            return None
        return self._complete_part()

    def finish(self, counts: Counts) -> None:
        """Complete the last part, then write the manifest, which tells a reader that the export is complete."""
        self._complete_part()
        for kind in KINDS:
            if next((self._path / kind).glob("part-*.parquet"), None) is None:
                with open_private(self._path / kind / part_name(1)) as file:
                    pq.write_table(table(kind, []), file)
        manifest = {**self._header, "users": counts.users, "threads": counts.threads, "messages": counts.messages}
        unfinished = self._path / f"{MANIFEST}.new"
        with open_private(unfinished) as file:
            file.write(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
        self.state.unlink(missing_ok=True)
        replace_private(unfinished, self._path / MANIFEST)

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()

    def _write_groups(self) -> None:
        for kind, rows in self._rows.items():
            if not rows:
                continue
            if kind not in self._files:
                unfinished = self._path / kind / f"{part_name(self._part)}.new"
                open_private(unfinished).close()  # pyarrow keeps the rights of a file that exists
                self._files[kind] = pq.ParquetWriter(unfinished, SCHEMAS[kind], compression="zstd")
            self._files[kind].write_table(table(kind, rows))
            rows.clear()
        self._group_bytes = 0

    def _complete_part(self) -> int:
        self._write_groups()
        for kind, file in self._files.items():
            file.close()
            complete = self._path / kind / part_name(self._part)
            complete.with_name(f"{complete.name}.new").replace(complete)
        self._files.clear()
        self._part_rows = self._part_bytes = 0
        self._part += 1
        return self._part - 1
