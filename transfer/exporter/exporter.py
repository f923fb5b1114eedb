"""Exports users, threads and messages in one stream and in constant memory. An interrupted export can continue."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import pymongo
from pymongo.errors import PyMongoError

from ...errors import InvalidInput, MissingExtra
from ...services import translate, translates_driver_errors
from .checkpoint import Checkpoint, Counts, Lock
from .cursor import STEP_ROWS, ExportPosition, Sizes, read_steps
from .jsonl import JsonLinesWriter
from .lines import header, header_line, last_line, step_lines
from .rendered_files import RenderedFile, RenderedFolder
from .renderers import RENDERERS
from .rendering import FileRendering
from .rows_by_id import READ_SECONDS
from .selection import Selection

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from typing_extensions import Unpack

    from ...documents import Documents
    from ...services import HasRuntime
    from .cursor import Step
    from .renderers import Renderer
    from .selection import SelectionOptions

Format = Literal["jsonl", "parquet", "openai-chat", "sharegpt", "markdown", "html", "chatgpt"]
PART_ROWS = 50_000


class Writer(Protocol):
    """Writes an export to files in one format."""

    state: Path
    lock: Path

    def exists(self) -> bool:
        """Whether a complete export, or another file, exists at this path."""

    def replaceable(self) -> bool:
        """Whether the existing file is an export or empty, so that `restart` may replace it."""

    def open(self, checkpoint: Checkpoint) -> None:
        """Open the files, at the beginning or at the state of the checkpoint."""

    def write(self, step: Step) -> int | None:
        """Take the next step. Return the mark for a checkpoint if all rows so far are on the disk, else None."""

    def finish(self, counts: Counts) -> None:
        """Write the end of the export and give the files their final names."""

    def close(self) -> None:
        """Close the files."""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """The counts of an export, and whether it continued an interrupted one (`resumed`)."""

    path: Path
    users: int
    threads: int
    messages: int
    resumed: bool
    left_out: Counter[str] = field(default_factory=Counter)
    """The number of things that the format cannot hold, by their name in the plural. JSON Lines and Parquet hold all."""


@translates_driver_errors
async def export(
    keep: HasRuntime,
    path: str | os.PathLike[str],
    *,
    format: Format = "jsonl",  # noqa: A002 - the usual name
    restart: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
    step_rows: int = STEP_ROWS,
    part_rows: int = PART_ROWS,
    **selected: Unpack[SelectionOptions],
) -> ExportReport:
    """Export to `path`: a JSON Lines file, a folder of Parquet files, or threads in the format of other programs.

    The export holds all users, threads and messages, or those that the options of `SelectionOptions` select. `user_id`
    selects the threads in which this user participates. `since` (inclusive) and `until` (exclusive) select the messages of
    that time. `thread_ids`, `meta_data` and `labels` select the threads that have them. Deleted documents and API keys are
    left out. `markdown` and `html` write one file, or a page for each thread if `path` is a folder or has no ending.
    `on_progress` gets the number of exported threads and the total. About `step_rows` rows are read at once, and a Parquet
    file holds about `part_rows` rows.

    If an export in JSON Lines or Parquet was interrupted, the same call continues it without lost or repeated rows. Other
    formats begin again. `restart` begins again, also if a finished export exists.

    Raises `InvalidInput` if a finished export exists, if the interrupted export has another selection, or if another process
    writes to `path`. Raises it too if `path` is of another kind: a folder for JSON Lines, or a file that is not an export.
    Raises `MissingExtra` if the format is Parquet and pyarrow is not installed.
    """
    selection = Selection.of(**selected)
    writer, left_out = _writer(Path(path), format, part_rows, selection)
    lock = Lock(writer.lock)
    try:
        checkpoint = _begin(writer, selection, restart=restart)
        resumed = bool(checkpoint.mark)
        writer.open(checkpoint)
        try:
            sizes = Sizes(step_rows, keep.runtime.tuning)
            steps = read_steps(keep.runtime.documents, selection, checkpoint.position, sizes)
            total = await _total(keep.runtime.documents, selection)
            await _write(steps, total, writer, checkpoint, on_progress)
        finally:
            writer.close()
    finally:
        lock.release()
    counts = checkpoint.counts
    return ExportReport(Path(path), counts.users, counts.threads, counts.messages, resumed, +left_out)


async def export_lines(
    keep: HasRuntime,
    *,
    format: Format = "jsonl",  # noqa: A002 - the usual name
    step_rows: int = STEP_ROWS,
    left_out: Counter[str] | None = None,
    **selected: Unpack[SelectionOptions],
) -> AsyncGenerator[bytes]:
    """Yield the bytes of an export, for a pipe or a socket. Takes the options of `export`.

    In JSON Lines, each value is a line, and the last line says that the export is complete. Such an export cannot be
    continued. `left_out` counts the things that the format cannot hold. Parquet cannot be exported like this.
    """
    selection, counts = Selection.of(**selected), Counts()
    sizes = Sizes(step_rows, keep.runtime.tuning)
    steps = read_steps(keep.runtime.documents, selection, ExportPosition(), sizes)
    try:
        if format in RENDERERS:
            renderer = _renderer(format, selection)
            rendering = FileRendering(renderer)
            async for step in steps:
                for chunk in rendering.step(step):
                    yield chunk
            for chunk in rendering.finish():
                yield chunk
            if left_out is not None:
                left_out.update(+renderer.left_out)
            return
        yield header_line(header(selection))
        async for step in steps:
            counts.add(step)
            for line in step_lines(step):
                yield line
        yield last_line(counts)
    except PyMongoError as error:
        raise translate(error) from error


async def _write(
    steps: AsyncIterator[Step],
    total: int,
    writer: Writer,
    checkpoint: Checkpoint,
    on_progress: Callable[[int, int], None] | None,
) -> None:
    counts = checkpoint.counts
    async for step in steps:
        counts.add(step)
        mark = writer.write(step)
        if mark is not None:
            checkpoint.position, checkpoint.mark = step.position, mark
            checkpoint.save(writer.state)
        if on_progress is not None:
            on_progress(counts.threads, max(total, counts.threads))
    writer.finish(counts)


def check_path(path: Path, format: Format) -> None:  # noqa: A002 - the usual name
    """Raise `InvalidInput` if an export in this format cannot have this path, `MissingExtra` if pyarrow is missing.

    `export` checks this too. A command calls it before it connects to the database.
    """
    if not path.absolute().parent.is_dir():
        raise InvalidInput.at("file", f"there is no folder {path.absolute().parent}; create it, or name another file")
    if not os.access(path.absolute().parent, os.W_OK | os.X_OK):
        raise InvalidInput.at("file", f"the folder {path.absolute().parent} cannot be written to; name another file")
    if format != "parquet":
        if path.is_dir() and not _has_pages(format):
            raise InvalidInput.at("file", f"{path} is a folder; name a file, such as all{_ending(format)}")
    elif path.exists() and not path.is_dir():
        raise InvalidInput.at("file", f"{path} is a file; Parquet needs a folder, such as all.parquet")
    elif find_spec("pyarrow") is None:
        raise MissingExtra("Parquet", "analytics", "pyarrow")


def _has_pages(format: Format) -> bool:  # noqa: A002 - the usual name
    return format in RENDERERS and RENDERERS[format].has_pages


def _ending(format: Format) -> str:  # noqa: A002 - the usual name
    return RENDERERS[format].ending if format in RENDERERS else ".jsonl"


def _writer(
    path: Path,
    format: Format,  # noqa: A002 - the usual name
    part_rows: int,
    selection: Selection,
) -> tuple[Writer, Counter[str]]:
    """The writer of a format, and the counter of the things that it leaves out."""
    check_path(path, format)
    if format == "jsonl":
        return JsonLinesWriter(path), Counter()
    if format == "parquet":
        from .parquet import ParquetWriter  # noqa: PLC0415 - only Parquet needs pyarrow

        return ParquetWriter(path, part_rows), Counter()
    if _has_pages(format) and (path.is_dir() or not path.suffix):
        folder = RenderedFolder(path, RENDERERS[format])
        return folder, folder.left_out
    renderer = _renderer(format, selection)
    return RenderedFile(path, renderer), renderer.left_out


def _renderer(format: Format, selection: Selection) -> Renderer:  # noqa: A002 - the usual name
    """The renderer of a file. A file of one thread has the title of the thread."""
    return RENDERERS[format](None if len(selection.thread_ids) == 1 else "Conversations")


def _begin(writer: Writer, selection: Selection, *, restart: bool) -> Checkpoint:
    fresh = Checkpoint(header(selection))
    if writer.exists() and not writer.replaceable():
        raise InvalidInput.at("file", "is there already and is not an export; choose another name")
    if restart:
        writer.state.unlink(missing_ok=True)
        return fresh
    interrupted = Checkpoint.load(writer.state)
    if interrupted is None:
        if writer.exists():
            raise InvalidInput.at("file", "is there already; --restart replaces it")
        return fresh
    if interrupted.header["selection"] != selection.to_dict():
        raise InvalidInput.at("file", "holds an unfinished export of another selection; --restart replaces it")
    return interrupted


async def _total(documents: Documents, selection: Selection) -> int:
    """Return the number of threads to export: an estimate if the whole database is exported."""
    with pymongo.timeout(READ_SECONDS):
        if not selection.to_dict():
            return await documents.threads.estimated_document_count()
        return await documents.threads.count_documents(selection.threads())
