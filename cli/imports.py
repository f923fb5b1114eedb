"""`threadkeep import`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .application import Command
from .connection import DataDir, load_settings, with_keep
from .dates import MOMENT
from .import_report import say_formats, say_report
from .progress import progress_bar

if TYPE_CHECKING:
    from ..documents import AuditOutcome
    from ..keep import Threadkeep
    from ..transfer import ImportOptions, ImportReport

_LIST_OF_FORMATS, _STANDARD_INPUT = Path("formats"), Path("-")


class Branches(StrEnum):
    """The branches of a conversation that are imported."""

    active = "active"
    all = "all"


Files = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="FILE…",
        help="Files, folders or zip files of any format that **threadkeep import formats** lists. **-** is the standard input.",
        show_default=False,
    ),
]
Owner = Annotated[str | None, typer.Option(help="The owner of threads for which the file names no user.")]
Moment = Annotated[
    datetime | None,
    typer.Option(
        formats=MOMENT, metavar="DATE", help="The time of conversations for which the file has no time (UTC)."
    ),
]
WhichBranches = Annotated[
    Branches,
    typer.Option(help="Whether only the active path of a conversation is imported, or its other branches too."),
]
MongodbUrl = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Import the collections of a framework or of LibreChat from this MongoDB. They are only read.",
    ),
]
SourceDatabase = Annotated[str | None, typer.Option(metavar="NAME", help="The database of these collections.")]
Collections = Annotated[
    list[str] | None,
    typer.Option(help="Only this collection. May be repeated.", show_default="all of a known format"),
]
Update = Annotated[
    bool, typer.Option("--update", help="Where a conversation took another path, make a branch of the stored one.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Write nothing, and say what an import would do.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import", cls=Command)(import_)


def import_(
    files: Files = None,
    owner: Owner = None,
    at: Moment = None,
    branches: WhichBranches = Branches.active,
    *,
    mongodb_url: MongodbUrl = None,
    source_database: SourceDatabase = None,
    collection: Collections = None,
    update: Update = False,
    dry_run: DryRun = False,
    data_dir: DataDir = None,
) -> None:
    """Import conversations, with their ids, order and times.

    The format of a file is recognised by its structure. Each thread is imported completely or not at all. A second import of
    a file changes nothing, and an import of a newer export adds the new messages. If a thread exists with other messages, it
    stays unchanged, the command prints its id, and the exit code is 1.
    """
    if files == [_LIST_OF_FORMATS]:
        from ..transfer import FORMATS

        say_formats(FORMATS)
        return
    source = _Source(files or [], mongodb_url, source_database, collection or [])
    source.check()
    options: ImportOptions = {
        "owner_id": owner,
        "at": at,
        "branches": branches.value,
        "update": update,
        "dry_run": dry_run,
    }
    work = partial(_import_audited, source=source, options=options)
    report = with_keep(load_settings(data_dir=data_dir), work, creates="folder")
    say_report(report)
    if report.problem_count:
        raise typer.Exit(1)


async def _import_audited(keep: Threadkeep, *, source: _Source, options: ImportOptions) -> ImportReport:
    """Import from the source with a progress bar. The audit trail names each import, also a failed one, but no dry run."""
    from ..services import TRUSTED, add_audit_entry

    outcome: AuditOutcome = "failed"
    try:
        with progress_bar("Reading" if options["dry_run"] else "Importing") as on_progress:
            report = await source.read(keep, {**options, "on_progress": on_progress})
        outcome = "done"
    finally:
        if not options["dry_run"]:
            await add_audit_entry(keep.runtime, TRUSTED, "data.imported", outcome=outcome)
    return report


@dataclass(frozen=True, slots=True)
class _Source:
    """The source of an import: files, or collections of a MongoDB."""

    files: list[Path]
    mongodb_url: str | None
    database: str | None
    collections: list[str]

    def check(self) -> None:
        """Refuse a missing source, two sources, a MongoDB without a database, and a path that does not exist."""
        if self.mongodb_url is None:
            if self.database is not None or self.collections:
                raise typer.BadParameter("needs --mongodb-url.", param_hint="--source-database")
            if not self.files:
                raise typer.BadParameter("Name a file, or a MongoDB with --mongodb-url.", param_hint="FILE…")
        elif self.files:
            raise typer.BadParameter("takes no files beside it.", param_hint="--mongodb-url")
        elif self.database is None:
            raise typer.BadParameter("is missing: the database of the collections.", param_hint="--source-database")
        for file in self.files:
            if file != _STANDARD_INPUT and not file.exists():
                raise typer.BadParameter(f"Path {str(file)!r} does not exist.", param_hint="FILE…")

    async def read(self, keep: Threadkeep, options: ImportOptions) -> ImportReport:
        """Import everything that the source holds."""
        from ..transfer import import_collections, import_file

        if self.mongodb_url is not None and self.database is not None:
            return await import_collections(keep, self.mongodb_url, self.database, *self.collections, **options)
        return await import_file(keep, *self.files, **options)
