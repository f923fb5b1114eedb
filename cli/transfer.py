"""`threadkeep import` and `threadkeep export`."""

from __future__ import annotations

from contextlib import aclosing
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import InvalidInput
from .application import Command
from .connection import DataDir, load_settings, with_keep
from .import_report import counted, say_formats, say_report
from .progress import progress_bar
from .terminal import STDOUT, say, say_json_line

if TYPE_CHECKING:
    from ..documents import AuditOutcome
    from ..keep import Threadkeep
    from ..transfer import ExportReport, ImportReport

_LIST_OF_FORMATS, _STANDARD_INPUT = Path("formats"), Path("-")
_DATES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]


class Format(StrEnum):
    """The file format of an export."""

    jsonl = "jsonl"
    parquet = "parquet"


_ENDINGS = {"jsonl": Format.jsonl, "ndjson": Format.jsonl, "parquet": Format.parquet}


class Branches(StrEnum):
    """The branches of a conversation that are imported."""

    active = "active"
    all = "all"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("import", cls=Command)(import_)
    app.command(cls=Command)(export)


def import_(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…",
            help="Files, folders or zip files of any format that **threadkeep import formats** lists. **-** is the standard input.",
            show_default=False,
        ),
    ],
    owner: Annotated[str | None, typer.Option(help="The owner of threads for which the file names no user.")] = None,
    at: Annotated[
        datetime | None,
        typer.Option(
            formats=_DATES, metavar="DATE", help="The time of conversations for which the file has no time (UTC)."
        ),
    ] = None,
    branches: Annotated[
        Branches,
        typer.Option(help="Whether only the active path of a conversation is imported, or its other branches too."),
    ] = Branches.active,
    *,
    update: Annotated[
        bool, typer.Option("--update", help="Where a conversation took another path, make a branch of the stored one.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing, and say what an import would do.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Import conversations, with their ids, order and times.

    The format of a file is recognised by its structure. Each thread is imported completely or not at all. A second import of
    a file changes nothing, and an import of a newer export adds the new messages. If a thread exists with other messages, it
    stays unchanged, the command prints its id, and the exit code is 1.
    """
    from ..transfer import FORMATS

    if files == [_LIST_OF_FORMATS]:
        say_formats(FORMATS)
        return
    _require_existing(files)
    settings = load_settings(data_dir=data_dir)

    async def work(keep: Threadkeep) -> ImportReport:
        from ..services import TRUSTED, add_audit_entry
        from ..transfer import import_file

        outcome: AuditOutcome = "failed"
        try:
            with progress_bar("Reading" if dry_run else "Importing") as on_progress:
                report = await import_file(
                    keep,
                    *files,
                    owner_id=owner,
                    at=at,
                    branches=branches.value,
                    update=update,
                    dry_run=dry_run,
                    on_progress=on_progress,
                )
            outcome = "done"
        finally:
            if not dry_run:
                await add_audit_entry(keep.runtime, TRUSTED, "data.imported", outcome=outcome)
        return report

    report = with_keep(settings, work, creates="folder")
    say_report(report)
    if report.problem_count:
        raise typer.Exit(1)


def _require_existing(files: list[Path]) -> None:
    """Refuse a path that does not exist before anything is opened."""
    for file in files:
        if file != _STANDARD_INPUT and not file.exists():
            raise typer.BadParameter(f"Path {str(file)!r} does not exist.", param_hint="FILE…")


def export(
    file: Annotated[
        Path,
        typer.Argument(
            help="The file to write, or the folder if the format is parquet. **-** is standard output.",
            show_default=False,
            allow_dash=True,
        ),
    ],
    file_format: Annotated[
        Format | None,
        typer.Option(
            "--format", help="The format to write.", show_default="by the ending of the name, jsonl without one"
        ),
    ] = None,
    user: Annotated[str | None, typer.Option(help="Only the threads of this participant.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=_DATES, metavar="DATE", help="Only messages from this time on (UTC).")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_DATES, metavar="DATE", help="Only messages before this time (UTC).")
    ] = None,
    *,
    restart: Annotated[bool, typer.Option("--restart", help="Begin again, and replace an existing export.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Export users, threads and messages as JSON Lines or Parquet.

    If an export was interrupted, the same command continues it. An export to standard output cannot be continued. Deleted
    data and API keys are left out. **threadkeep import** restores an equal database from the result.
    """
    chosen = file_format or _format_of(file)
    if file == STDOUT:
        if chosen is not Format.jsonl:
            raise InvalidInput.at("file_format", "only jsonl can go to standard output; name a folder for parquet")
        with_keep(load_settings(data_dir=data_dir), partial(_export_to_stdout, user=user, since=since, until=until))
        return
    from ..transfer import check_path

    check_path(file, chosen.value)

    async def work(keep: Threadkeep) -> ExportReport:
        from ..transfer import export as export_to

        with progress_bar("Exporting") as on_progress:
            return await export_to(
                keep,
                file,
                format=chosen.value,
                user_id=user,
                since=since,
                until=until,
                restart=restart,
                on_progress=on_progress,
            )

    report = with_keep(load_settings(data_dir=data_dir), work)
    counts = counted(report.threads, report.messages, report.users) or "nothing to export"
    say(f"{'Continued' if report.resumed else 'Wrote'} {report.path}: {counts}.")


async def _export_to_stdout(
    keep: Threadkeep, *, user: str | None, since: datetime | None, until: datetime | None
) -> None:
    from ..transfer import export_lines

    async with aclosing(export_lines(keep, user_id=user, since=since, until=until)) as lines:
        async for line in lines:
            say_json_line(line)


def _format_of(file: Path) -> Format:
    """The format that the ending of the name says. Raises `InvalidInput` for any other ending."""
    ending = file.suffix.removeprefix(".").lower()
    if not ending:
        return Format.jsonl
    if ending not in _ENDINGS:
        known = ", ".join(f".{name}" for name in _ENDINGS)
        rule = f"{file.name} names no format of an export. Known endings: {known}; --format writes one under any name"
        raise InvalidInput.at("file", rule)
    return _ENDINGS[ending]
