"""Reads files into rows of threads and messages, without a database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from threadkeep.settings import Limits
from threadkeep.transfer.importer.conversations.conversation import ReadingOptions
from threadkeep.transfer.importer.reading import FREE_BYTES
from threadkeep.transfer.importer.report import ImportReport, RefusedEntry
from threadkeep.transfer.importer.sources import open_source
from threadkeep.transfer.importer.writing.assembly import Part, assemble

if TYPE_CHECKING:
    import os

AT = datetime(2026, 1, 2, tzinfo=UTC)


@dataclass(slots=True)
class Thread:
    """The row of a thread, and the rows of its messages."""

    row: Any
    messages: list[Any]

    def texts(self) -> list[tuple[str, str]]:
        """Role and text of each message."""
        return [(row["role"], row["content"]) for row in self.messages]

    def keys(self) -> list[str]:
        """The `client_id` of each message."""
        return [row["client_id"] for row in self.messages]


@dataclass(slots=True)
class Reading:
    """The threads and the report that an import of files would give."""

    report: ImportReport
    threads: list[Thread] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def thread(self) -> Thread:
        """The only thread."""
        [thread] = self.threads
        return thread


def read_threads(
    *paths: str | os.PathLike[str],
    branches: str = "active",
    most_unpacked: int | None = None,
    free_bytes: int = FREE_BYTES,
) -> Reading:
    """Read files of any format. Threads with a fault are left out, as an import leaves them out."""
    report = ImportReport()
    reading = Reading(report)
    options = ReadingOptions(AT, all_branches=branches == "all")
    source = open_source(*paths, options=options, report=report, most_unpacked=most_unpacked, free_bytes=free_bytes)
    rows: list[Any] = []
    for part in assemble(source, Limits()):
        match part:
            case Part():
                rows = [*([] if part.first else rows), *part.rows]
                if part.last:
                    reading.threads.append(Thread(part.thread, rows))
            case RefusedEntry():
                reading.problems.append(str(part))
    return reading
