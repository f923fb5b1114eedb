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
from .progress import progress_bar
from .terminal import STDOUT, say, say_json_line

if TYPE_CHECKING:
    from ..documents import AuditOutcome
    from ..keep import Threadkeep
    from ..transfer import ExportReport, ImportReport

_SHOWN_PROBLEMS = 20
_DATES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]


class Format(StrEnum):
    """The file format of an export."""

    jsonl = "jsonl"
    parquet = "parquet"


_ENDINGS = {"jsonl": Format.jsonl, "ndjson": Format.jsonl, "parquet": Format.parquet}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("import", cls=Command)(import_)
    app.command(cls=Command)(export)


def import_(
    file: Annotated[
        Path,
        typer.Argument(
            help="A JSON or JSON Lines file (also gzipped), or the result of **threadkeep export**.",
            exists=True,
            show_default=False,
        ),
    ],
    owner: Annotated[str | None, typer.Option(help="The owner of threads for which the file names no user.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Import conversations, with their ids, order and times.

    A conversation is **{"thread": {…}, "messages": […]}**, with the fields of the HTTP API or of OpenAI's Assistants API.
    A file holds one conversation, a list of conversations, or one conversation per line. Each thread is imported
    completely or not at all. A second import of a file changes nothing. If a thread exists with other messages, it
    stays unchanged, the command prints its id, and the exit code is 1.
    """
    settings = load_settings(data_dir=data_dir)

    async def work(keep: Threadkeep) -> ImportReport:
        from ..services import TRUSTED, add_audit_entry
        from ..transfer import import_file

        outcome: AuditOutcome = "failed"
        try:
            with progress_bar("Importing") as on_progress:
                report = await import_file(keep, file, owner_id=owner, on_progress=on_progress)
            outcome = "done"
        finally:
            await add_audit_entry(keep.runtime, TRUSTED, "data.imported", outcome=outcome)
        return report

    report = with_keep(settings, work, creates="folder")
    say(_summary(report))
    for problem in report.problems[:_SHOWN_PROBLEMS]:
        say(f"not imported: {problem}", err=True)
    if report.problem_count > _SHOWN_PROBLEMS:
        say(f"… and {report.problem_count - _SHOWN_PROBLEMS:,} more", err=True)
    if report.problem_count:
        raise typer.Exit(1)


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
    counts = _counted(report.threads, report.messages, report.users) or "nothing to export"
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


def _summary(report: ImportReport) -> str:
    new = _counted(report.threads, report.messages, report.users)
    present = _counted(report.threads_present, report.messages_present, report.users_present)
    if not new:
        return f"Nothing new: {present} were there already." if present else "Nothing to import."
    return f"Imported {new}." + (f" There already: {present}." if present else "")


def _counted(threads: int, messages: int, users: int) -> str:
    counts = ((threads, "thread"), (messages, "message"), (users, "user"))
    return ", ".join(f"{count:,} {noun}{'s' if count != 1 else ''}" for count, noun in counts if count)
