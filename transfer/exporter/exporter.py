"""Exports users, threads and messages: in one stream, in constant memory, and resumable at any point."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import pymongo

from ...errors import InvalidInput
from ...services.driver_errors import translates_driver_errors
from .checkpoint import Checkpoint, Counts, Lock
from .cursor import READ_SECONDS, walk
from .jsonl import JsonLinesWriter
from .lines import header
from .selection import Selection

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from datetime import datetime

    from ...documents import Documents
    from ...keep import Threadkeep
    from .cursor import Step

Format = Literal["jsonl", "parquet"]


class Writer(Protocol):
    """What puts an export into files."""

    state: Path
    lock: Path

    def exists(self) -> bool:
        """Whether a complete export is there."""

    def open(self, checkpoint: Checkpoint) -> None:
        """Begin, or go on where the checkpoint says."""

    def write(self, step: Step) -> int | None:
        """Take the next step; the mark from which to go on, if everything so far is on the disk."""

    def finish(self, counts: Counts) -> None:
        """Complete the export."""

    def close(self) -> None:
        """Let go of the files."""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export holds, and whether it went on with one that was interrupted."""

    path: Path
    users: int
    threads: int
    messages: int
    resumed: bool


@translates_driver_errors
async def export(
    keep: Threadkeep,
    path: str | os.PathLike[str],
    *,
    format: Format = "jsonl",  # noqa: A002  the word everybody knows
    user_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    restart: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> ExportReport:
    """Export to the JSON Lines file, or the folder of Parquet files, `path`; `on_progress` is told threads of threads.

    Everything, or the threads a user takes part in, or the messages of a time. What is deleted is left out, keys too. The
    same call again goes on where a killed one stopped, without losing or doubling anything; `restart` begins anew, also
    where there is a finished export.
    """
    selection = Selection.of(user_id, since, until)
    writer = _writer(Path(path), format)
    lock = Lock(writer.lock)
    try:
        checkpoint = _begin(writer, selection, restart=restart)
        resumed = bool(checkpoint.mark)
        writer.open(checkpoint)
        try:
            await _write(keep.runtime.documents, selection, writer, checkpoint, on_progress)
        finally:
            writer.close()
    finally:
        lock.release()
    counts = checkpoint.counts
    return ExportReport(Path(path), counts.users, counts.threads, counts.messages, resumed)


async def _write(
    documents: Documents,
    selection: Selection,
    writer: Writer,
    checkpoint: Checkpoint,
    on_progress: Callable[[int, int], None] | None,
) -> None:
    total = await _total(documents, selection)
    counts = checkpoint.counts
    async for step in walk(documents, selection, checkpoint.place):
        counts.users += len(step.users)
        counts.threads += sum(piece.begins for piece in step.pieces)
        counts.messages += sum(len(piece.messages) for piece in step.pieces)
        mark = writer.write(step)
        if mark is not None:
            checkpoint.place, checkpoint.mark = step.place, mark
            checkpoint.save(writer.state)
        if on_progress is not None:
            on_progress(counts.threads, max(total, counts.threads))
    writer.finish(counts)


def _writer(path: Path, format: Format) -> Writer:  # noqa: A002  as above
    if not path.absolute().parent.is_dir():
        raise InvalidInput.at("file", f"there is no folder {path.absolute().parent}")
    if format == "jsonl":
        return JsonLinesWriter(path)
    from .parquet import ParquetWriter  # noqa: PLC0415  only who wants Parquet needs pyarrow

    return ParquetWriter(path)


def _begin(writer: Writer, selection: Selection, *, restart: bool) -> Checkpoint:
    fresh = Checkpoint(header(selection))
    if restart:
        writer.state.unlink(missing_ok=True)
        return fresh
    left = Checkpoint.load(writer.state)
    if left is None:
        if writer.exists():
            raise InvalidInput.at("file", "is there already; --restart replaces it")
        return fresh
    if left.header["selection"] != selection.said():
        raise InvalidInput.at("file", "holds the beginning of another selection; --restart replaces it")
    return left


async def _total(documents: Documents, selection: Selection) -> int:
    """About how many threads there are to export."""
    with pymongo.timeout(READ_SECONDS):
        if not selection.said():
            return await documents.threads.estimated_document_count()
        return await documents.threads.count_documents(selection.threads())
