"""`threadkeep export`."""

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
from .connection import DataDir, Participant, load_settings, require_users, with_keep
from .dates import MOMENT
from .import_report import counted
from .progress import progress_bar
from .terminal import STDOUT, say, say_json_line, say_json_part, write_bytes

if TYPE_CHECKING:
    from ..keep import Threadkeep
    from ..transfer import ExportReport, SelectionOptions


class ExportFormat(StrEnum):
    """The file format of an export."""

    jsonl = "jsonl"
    parquet = "parquet"
    openai_chat = "openai-chat"
    sharegpt = "sharegpt"
    markdown = "markdown"
    html = "html"
    chatgpt = "chatgpt"


_ENDINGS = {
    **dict.fromkeys(("jsonl", "ndjson"), ExportFormat.jsonl),
    "parquet": ExportFormat.parquet,
    **dict.fromkeys(("md", "markdown"), ExportFormat.markdown),
    **dict.fromkeys(("html", "htm"), ExportFormat.html),
}

File = Annotated[
    Path,
    typer.Argument(
        help="The file to write, or a folder: of parquet, or of pages in html or markdown. **-** is standard output.",
        show_default=False,
        allow_dash=True,
    ),
]
FileFormat = Annotated[
    ExportFormat | None,
    typer.Option("--format", help="The format to write.", show_default="by the ending of the name, jsonl without one"),
]
Threads = Annotated[list[str] | None, typer.Option(help="Only this thread. May be repeated.")]
Metadata = Annotated[
    list[str] | None,
    typer.Option(metavar="KEY=VALUE", help="Only threads with this metadata. May be repeated: all must hold."),
]
Labels = Annotated[list[str] | None, typer.Option(help="Only threads with this label. May be repeated: all must hold.")]
Since = Annotated[
    datetime | None, typer.Option(formats=MOMENT, metavar="DATE", help="Only messages from this time on (UTC).")
]
Until = Annotated[
    datetime | None, typer.Option(formats=MOMENT, metavar="DATE", help="Only messages before this time (UTC).")
]
Restart = Annotated[bool, typer.Option("--restart", help="Begin again, and replace an existing export.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(cls=Command)(export)


def export(
    file: File,
    *,
    file_format: FileFormat = None,
    user: Participant = None,
    thread: Threads = None,
    meta: Metadata = None,
    label: Labels = None,
    since: Since = None,
    until: Until = None,
    restart: Restart = False,
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
        if chosen is ExportFormat.parquet:
            raise InvalidInput.at("file_format", "parquet cannot go to standard output; name a folder")
        with_keep(load_settings(data_dir=data_dir), partial(_export_to_stdout, chosen=chosen, selected=selected))
        return
    from ..transfer import check_path

    check_path(file, chosen.value)
    work = partial(_export_to_file, file=file, chosen=chosen, restart=restart, selected=selected)
    report = with_keep(load_settings(data_dir=data_dir), work)
    counts = counted(report.threads, report.messages, report.users if _has_users(chosen) else 0) or "nothing to export"
    say(f"{'Continued' if report.resumed else 'Wrote'} {report.path}: {counts}.")
    _say_left_out(report.left_out)


async def _export_to_file(
    keep: Threadkeep, *, file: Path, chosen: ExportFormat, restart: bool, selected: SelectionOptions
) -> ExportReport:
    from ..transfer import export as export_to

    await require_users(keep, selected["user_id"])
    with progress_bar("Exporting") as on_progress:
        return await export_to(keep, file, format=chosen.value, restart=restart, on_progress=on_progress, **selected)


async def _export_to_stdout(keep: Threadkeep, *, chosen: ExportFormat, selected: SelectionOptions) -> None:
    from ..transfer import export_lines

    await require_users(keep, selected["user_id"])
    left_out: Counter[str] = Counter()
    async with aclosing(export_lines(keep, format=chosen.value, left_out=left_out, **selected)) as chunks:
        async for chunk in chunks:
            if chosen is ExportFormat.jsonl:
                say_json_line(chunk)
            elif chosen in (ExportFormat.html, ExportFormat.markdown):
                write_bytes(chunk)
            else:
                say_json_part(chunk)
    _say_left_out(left_out)


def _has_users(chosen: ExportFormat) -> bool:
    """Whether the format holds users."""
    return chosen in (ExportFormat.jsonl, ExportFormat.parquet)


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


def _format_of(file: Path) -> ExportFormat:
    """The format that the ending of the name says. Raises `InvalidInput` for any other ending."""
    ending = file.suffix.removeprefix(".").lower()
    if not ending:
        return ExportFormat.jsonl
    if ending not in _ENDINGS:
        known, formats = ", ".join(f".{name}" for name in _ENDINGS), ", ".join(ExportFormat)
        rule = f"{file.name} names no format of an export. Known endings: {known}; --format ({formats}) writes one under any name"
        raise InvalidInput.at("file", rule)
    return _ENDINGS[ending]
