"""`threadkeep import` and `threadkeep export`."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .connection import DataDir, load_settings, with_keep
from .progress import shown

if TYPE_CHECKING:
    from ..keep import Threadkeep
    from ..transfer import ExportReport, ImportReport

_SHOWN_PROBLEMS = 20
_DATES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]


class Format(StrEnum):
    """What an export is written as."""

    jsonl = "jsonl"
    parquet = "parquet"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("import")(import_)
    app.command()(export)


def import_(
    file: Annotated[
        Path,
        typer.Argument(
            help="JSON or JSON Lines (also gzipped), or what **threadkeep export** wrote.",
            exists=True,
            show_default=False,
        ),
    ],
    owner: Annotated[
        str | None, typer.Option(help="The user who owns the threads for which the file names nobody.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Import conversations, with their ids, order and times.

    A conversation is **{"thread": {…}, "messages": […]}** as the HTTP API words them, or as OpenAI's Assistants API does;
    a file holds one, a list of them, or one in each line. Each thread comes in whole or not at all. Importing a file
    again changes nothing; a thread that is there with other messages is left alone and named: the exit code is then 1.
    """
    settings = load_settings(data_dir=data_dir)

    async def work(keep: Threadkeep) -> ImportReport:
        from ..transfer import import_file

        with shown("Importing") as on_progress:
            return await import_file(keep, file, owner_id=owner, on_progress=on_progress)

    report = with_keep(settings, work)
    typer.echo(_said(report))
    for problem in report.problems[:_SHOWN_PROBLEMS]:
        typer.echo(f"not imported: {problem}", err=True)
    if report.problem_count > _SHOWN_PROBLEMS:
        typer.echo(f"… and {report.problem_count - _SHOWN_PROBLEMS:,} more", err=True)
    if report.problem_count:
        raise typer.Exit(1)


def export(
    file: Annotated[
        Path, typer.Argument(help="The file to write; a folder, where the format is parquet.", show_default=False)
    ],
    file_format: Annotated[
        Format | None,
        typer.Option("--format", help="What to write.", show_default="by the name, else jsonl"),
    ] = None,
    user: Annotated[str | None, typer.Option(help="Only the threads in which this user takes part.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=_DATES, metavar="DATE", help="Only messages from then on (UTC).")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_DATES, metavar="DATE", help="Only messages before then (UTC).")
    ] = None,
    *,
    restart: Annotated[bool, typer.Option("--restart", help="Begin anew, and replace what is there.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Export users, threads and messages as JSON Lines or Parquet.

    The same command again goes on where one was interrupted. What is deleted is left out, and so are keys.
    **threadkeep import** takes the result back, into an equal database.
    """
    settings = load_settings(data_dir=data_dir)
    chosen = file_format or (Format.parquet if file.suffix == ".parquet" else Format.jsonl)

    async def work(keep: Threadkeep) -> ExportReport:
        from ..transfer import export as export_to

        with shown("Exporting") as on_progress:
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

    report = with_keep(settings, work)
    counts = _counted(report.threads, report.messages, report.users) or "nothing: there is nothing to export"
    typer.echo(f"{'Went on with' if report.resumed else 'Wrote'} {report.path}: {counts}.")


def _said(report: ImportReport) -> str:
    new = _counted(report.threads, report.messages, report.users)
    there = _counted(report.threads_present, report.messages_present, report.users_present)
    if not new:
        return f"Nothing new: {there} were there already." if there else "Nothing to import."
    return f"Imported {new}." + (f" There already: {there}." if there else "")


def _counted(threads: int, messages: int, users: int) -> str:
    counts = ((threads, "thread"), (messages, "message"), (users, "user"))
    return ", ".join(f"{count:,} {noun}{'s' if count != 1 else ''}" for count, noun in counts if count)
