"""`threadkeep import` and `threadkeep export`."""

from __future__ import annotations

from collections import Counter
from contextlib import aclosing, suppress
from datetime import datetime
from enum import StrEnum
from functools import partial
from json import JSONDecodeError, loads
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import InvalidInput
from .application import Command
from .connection import DataDir, load_settings, require_users, with_keep
from .import_report import counted, say_formats, say_report
from .progress import progress_bar
from .terminal import STDOUT, say, say_json_line, say_json_part, write_bytes

if TYPE_CHECKING:
    from ..documents import AuditOutcome
    from ..keep import Threadkeep
    from ..transfer import ExportReport, ImportOptions, ImportReport, SelectionOptions

_LIST_OF_FORMATS, _STANDARD_INPUT = Path("formats"), Path("-")
_DATES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]


class Format(StrEnum):
    """The file format of an export."""

    jsonl = "jsonl"
    parquet = "parquet"
    openai_chat = "openai-chat"
    sharegpt = "sharegpt"
    markdown = "markdown"
    html = "html"
    chatgpt = "chatgpt"


_ENDINGS = {
    **dict.fromkeys(("jsonl", "ndjson"), Format.jsonl),
    "parquet": Format.parquet,
    **dict.fromkeys(("md", "markdown"), Format.markdown),
    **dict.fromkeys(("html", "htm"), Format.html),
}


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
        list[Path] | None,
        typer.Argument(
            metavar="FILE…",
            help="Files, folders or zip files of any format that **threadkeep import formats** lists. **-** is the standard input.",
            show_default=False,
        ),
    ] = None,
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
    mongodb_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Import the collections of a framework or of LibreChat from this MongoDB. They are only read.",
        ),
    ] = None,
    source_database: Annotated[
        str | None, typer.Option(metavar="NAME", help="The database of these collections.")
    ] = None,
    collection: Annotated[
        list[str] | None,
        typer.Option(help="Only this collection. May be repeated.", show_default="all of a known format"),
    ] = None,
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

    files = files or []
    if files == [_LIST_OF_FORMATS]:
        say_formats(FORMATS)
        return
    _require_one_source(files, mongodb_url, source_database, collection)
    _require_existing(files)
    settings = load_settings(data_dir=data_dir)

    async def work(keep: Threadkeep) -> ImportReport:
        from ..services import TRUSTED, add_audit_entry
        from ..transfer import import_collections, import_file

        outcome: AuditOutcome = "failed"
        try:
            with progress_bar("Reading" if dry_run else "Importing") as on_progress:
                options: ImportOptions = {
                    "owner_id": owner,
                    "at": at,
                    "branches": branches.value,
                    "update": update,
                    "dry_run": dry_run,
                    "on_progress": on_progress,
                }
                if mongodb_url is not None and source_database is not None:
                    names = collection or []
                    report = await import_collections(keep, mongodb_url, source_database, *names, **options)
                else:
                    report = await import_file(keep, *files, **options)
            outcome = "done"
        finally:
            if not dry_run:
                await add_audit_entry(keep.runtime, TRUSTED, "data.imported", outcome=outcome)
        return report

    report = with_keep(settings, work, creates="folder")
    say_report(report)
    if report.problem_count:
        raise typer.Exit(1)


def _require_one_source(
    files: list[Path], mongodb_url: str | None, source_database: str | None, collection: list[str] | None
) -> None:
    """Refuse a command without a source, with two, or with half of one."""
    if mongodb_url is None:
        if source_database is not None or collection:
            raise typer.BadParameter("needs --mongodb-url.", param_hint="--source-database")
        if not files:
            raise typer.BadParameter("Name a file, or a MongoDB with --mongodb-url.", param_hint="FILE…")
    elif files:
        raise typer.BadParameter("takes no files beside it.", param_hint="--mongodb-url")
    elif source_database is None:
        raise typer.BadParameter("is missing: the database of the collections.", param_hint="--source-database")


def _require_existing(files: list[Path]) -> None:
    """Refuse a path that does not exist before anything is opened."""
    for file in files:
        if file != _STANDARD_INPUT and not file.exists():
            raise typer.BadParameter(f"Path {str(file)!r} does not exist.", param_hint="FILE…")


def export(
    file: Annotated[
        Path,
        typer.Argument(
            help="The file to write, or a folder: of parquet, or of pages in html or markdown. **-** is standard output.",
            show_default=False,
            allow_dash=True,
        ),
    ],
    *,
    file_format: Annotated[
        Format | None,
        typer.Option(
            "--format", help="The format to write.", show_default="by the ending of the name, jsonl without one"
        ),
    ] = None,
    user: Annotated[str | None, typer.Option(help="Only the threads of this participant.")] = None,
    thread: Annotated[list[str] | None, typer.Option(help="Only this thread. May be repeated.")] = None,
    meta: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Only threads with this metadata. May be repeated: all must hold."),
    ] = None,
    label: Annotated[
        list[str] | None, typer.Option(help="Only threads with this label. May be repeated: all must hold.")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=_DATES, metavar="DATE", help="Only messages from this time on (UTC).")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_DATES, metavar="DATE", help="Only messages before this time (UTC).")
    ] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Begin again, and replace an existing export.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Export users, threads and messages as JSON Lines or Parquet, or threads as other programs and people read them.

    The ending of the name says the format: .jsonl, .ndjson, .parquet, .md, .html. If an export in JSON Lines or Parquet was
    interrupted, the same command continues it. **threadkeep import** restores an equal database from these two. An export to
    standard output cannot be continued. Deleted data and API keys are left out.
    """
    chosen = file_format or _format_of(file)
    selected: SelectionOptions = {
        "user_id": user,
        "since": since,
        "until": until,
        "thread_ids": thread or [],
        "meta_data": _meta_data(meta or []),
        "labels": label or [],
    }
    if file == STDOUT:
        if chosen is Format.parquet:
            raise InvalidInput.at("file_format", "parquet cannot go to standard output; name a folder")
        with_keep(load_settings(data_dir=data_dir), partial(_export_to_stdout, chosen=chosen, selected=selected))
        return
    from ..transfer import check_path

    check_path(file, chosen.value)

    async def work(keep: Threadkeep) -> ExportReport:
        from ..transfer import export as export_to

        await require_users(keep, user)
        with progress_bar("Exporting") as on_progress:
            return await export_to(
                keep, file, format=chosen.value, restart=restart, on_progress=on_progress, **selected
            )

    report = with_keep(load_settings(data_dir=data_dir), work)
    counts = counted(report.threads, report.messages, report.users if _has_users(chosen) else 0) or "nothing to export"
    say(f"{'Continued' if report.resumed else 'Wrote'} {report.path}: {counts}.")
    _say_left_out(report.left_out)


async def _export_to_stdout(keep: Threadkeep, *, chosen: Format, selected: SelectionOptions) -> None:
    from ..transfer import export_lines

    await require_users(keep, selected["user_id"])
    left_out: Counter[str] = Counter()
    async with aclosing(export_lines(keep, format=chosen.value, left_out=left_out, **selected)) as chunks:
        async for chunk in chunks:
            if chosen is Format.jsonl:
                say_json_line(chunk)
            elif chosen in (Format.html, Format.markdown):
                write_bytes(chunk)
            else:
                say_json_part(chunk)
    _say_left_out(left_out)


def _has_users(chosen: Format) -> bool:
    """Whether the format holds users."""
    return chosen in (Format.jsonl, Format.parquet)


def _say_left_out(left_out: Counter[str]) -> None:
    if left_out:
        say(f"Left out: {', '.join(f'{what} ({count:,})' for what, count in left_out.items())}.", err=True)


def _meta_data(pairs: list[str]) -> dict[str, list[Any]]:
    """The metadata that these options ask for. A value that is JSON matches the text and the value."""
    found: dict[str, list[Any]] = {}
    for pair in pairs:
        key, separator, text = pair.partition("=")
        if not separator or not key:
            raise InvalidInput.at("meta", f"{pair} is not KEY=VALUE, such as plan=pro")
        if key in found:
            raise InvalidInput.at("meta", f"names {key} twice, and a thread has one value for each key")
        found[key] = [text]
        with suppress(JSONDecodeError):
            found[key].append(loads(text))
    return found


def _format_of(file: Path) -> Format:
    """The format that the ending of the name says. Raises `InvalidInput` for any other ending."""
    ending = file.suffix.removeprefix(".").lower()
    if not ending:
        return Format.jsonl
    if ending not in _ENDINGS:
        known, formats = ", ".join(f".{name}" for name in _ENDINGS), ", ".join(Format)
        rule = f"{file.name} names no format of an export. Known endings: {known}; --format ({formats}) writes one under any name"
        raise InvalidInput.at("file", rule)
    return _ENDINGS[ending]
