"""Opens the source of an import: files of any known format, alone, in folders and in zip files, or a Parquet folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..parquet_schema import KINDS, MANIFEST
from .conversations import Broken, Note, ReadingOptions
from .entries import EntryWriter, FileEntry
from .formats import ODD_SHAPES, odd
from .json_source import native_entries, recognise_native
from .reading import COMMAND_BOUNDS, FREE_BYTES, JsonFile, Progress, Unreadable, members_of, sample_of
from .recognition import recognised, unknown
from .report import ImportReport

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from .conversations import Conversation
    from .formats import Format, Found
    from .parquet import ParquetFolder
    from .reading import Member, Sample, ValueBounds

NATIVE = "threadkeep"


def open_source(
    *paths: str | os.PathLike[str],
    options: ReadingOptions | None = None,
    report: ImportReport | None = None,
    owner_id: str | None = None,
    collections: Sequence[Member] = (),
    most_unpacked: int | None = None,
    free_bytes: int = FREE_BYTES,
    bounds: ValueBounds = COMMAND_BOUNDS,
    are_named: bool = True,
) -> ImportSource:
    """Return the source at these paths, and in these collections. `report` counts everything that is read.

    Compressed files may unpack to `most_unpacked` bytes together, and each to `free_bytes` or in proportion to its size. A
    value may have the size of `bounds`. Reading more is a problem in the report. Without `are_named`, the report shows no
    names of the paths.

    Raises `InvalidInput` if a path does not exist, or if it is an export in Parquet that is not complete.
    """
    tables = [path for path in map(Path, paths) if _is_export(path)]
    progress = Progress(most_unpacked, free_bytes)
    files = [path for path in paths if Path(path) not in tables]
    members = [*members_of(files, progress, are_named=are_named), *collections]
    options = options or ReadingOptions(datetime.now(UTC))
    writer = EntryWriter(options, report or ImportReport(), owner_id)
    return ImportSource(_parquet(tables), members, progress, writer, bounds)


def _is_export(path: Path) -> bool:
    """Whether this is the folder of an export in Parquet. An export that is not complete has no manifest."""
    return (path / MANIFEST).is_file() or all((path / kind).is_dir() for kind in KINDS)


def _parquet(folders: Sequence[Path]) -> list[ParquetFolder]:
    if not folders:
        return []
    from .parquet import ParquetFolder  # noqa: PLC0415 - only Parquet needs pyarrow

    return [ParquetFolder(folder) for folder in folders]


@dataclass(slots=True)
class _Job:
    """The files of one format."""

    format: Format | None
    """None for Threadkeep's own files."""
    files: list[JsonFile] = field(default_factory=list)


class ImportSource:
    """The entries of files, to be iterated once. `done` of `total` bytes, or rows of Parquet, were read.

    An entry `file.end` follows each of Threadkeep's own files.
    """

    def __init__(
        self,
        tables: list[ParquetFolder],
        members: list[Member],
        progress: Progress,
        writer: EntryWriter,
        bounds: ValueBounds,
    ) -> None:
        self._tables = tables
        self._members = members
        self._progress = progress
        self._writer = writer
        self._bounds = bounds

    @property
    def total(self) -> int:
        """The bytes or rows of all files."""
        return self._progress.total + sum(table.total for table in self._tables)

    @property
    def done(self) -> int:
        """The bytes or rows that were read."""
        return self._progress.done + sum(table.done for table in self._tables)

    def __iter__(self) -> Iterator[FileEntry]:
        for table in self._tables:
            yield from table
            yield FileEntry("", "file.end", None)
        jobs: dict[str, _Job] = {}
        unknowns: list[tuple[Member, str, str]] = []
        for member in self._members:
            try:
                sample = sample_of(member)
            except Unreadable as error:
                yield self._broken(member, str(error))
                continue
            self._assign(member, sample, jobs, unknowns)
        for member, location, reason in unknowns:
            if member.alone or not jobs:
                yield self._broken(member, reason, location)
            else:
                self._writer.report.ignore(member.name)
        for job in jobs.values():
            yield from self._entries(job)

    def _assign(
        self, member: Member, sample: Sample, jobs: dict[str, _Job], unknowns: list[tuple[Member, str, str]]
    ) -> None:
        found = recognised(sample)
        native = recognise_native(sample)
        named = len(self._members) > 1
        if sample.is_empty:
            unknowns.append((member, "", "is empty"))
        elif sample.values and not sample.items:
            self._writer.report.note(member.name, "holds no conversation")
        elif native and native >= (found.recognise(sample) if found else 0):
            name = f"{NATIVE}/{member.name}/{len(jobs)}"
            jobs[name] = _Job(None, [JsonFile(member, sample, named=named, bounds=self._bounds)])
        elif found is not None:
            job = jobs.setdefault(found.name, _Job(found))
            job.files.append(JsonFile(member, sample, named=named, bounds=self._bounds))
        elif sample.fault is not None:
            unknowns.append((member, f"line {sample.fault[0]}", sample.fault[1]))
        else:
            unknowns.append((member, "", unknown(sample)))

    def _entries(self, job: _Job) -> Iterator[FileEntry]:
        report = self._writer.report
        if job.format is None:
            for file in job.files:
                for entry in native_entries(file):
                    if entry.kind == "note":
                        report.note(entry.location, entry.value)
                    else:
                        yield entry
                yield FileEntry("", "file.end", None)
            return
        report.formats.append(job.format.name)
        for found in _until_odd(job.format.conversations(job.files, self._writer.options)):
            match found:
                case Broken():
                    report.conversations += 1
                    yield FileEntry(found.location, "broken", found.reason)
                case Note():
                    report.note(found.location, found.text)
                case _:
                    yield from self._conversation(found, job.format.name)
        report.characters_replaced += sum(file.replaced for file in job.files)

    def _conversation(self, found: Conversation, source: str) -> Iterator[FileEntry]:
        try:
            yield from self._writer.entries(found, source)
        except ODD_SHAPES as error:
            yield FileEntry(found.location, "broken", odd(error))

    def _broken(self, member: Member, reason: str, location: str = "") -> FileEntry:
        named = [member.name] if len(self._members) > 1 else []
        return FileEntry(", ".join(filter(None, [*named, location])) or "the file", "broken", reason)


def _until_odd(conversations: Iterator[Found]) -> Iterator[Found]:
    """The conversations. If a reader fails outside of one conversation, the last entry says so."""
    try:
        yield from conversations
    except ODD_SHAPES as error:
        yield Broken("the rest of the file", odd(error))
