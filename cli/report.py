"""`threadkeep report`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from ..errors import InvalidInput
from .application import Command
from .connection import DataDir, load_settings, with_keep
from .dates import DAY
from .listing import Json, fields, print_list
from .progress import progress_bar
from .terminal import STDOUT, say, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..keep import Threadkeep
    from ..report import Figures, Period

_DAYS = 30


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(cls=Command)(report)


def report(
    file: Annotated[
        Path, typer.Argument(help="The HTML file to write. **-** is standard output.", allow_dash=True)
    ] = Path("threadkeep-report.html"),
    *,
    since: Annotated[
        datetime | None,
        typer.Option(formats=DAY, metavar="DATE", help="The first day.", show_default="30 days before --until"),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(formats=DAY, metavar="DATE", help="The day after the last one.", show_default="today"),
    ] = None,
    zone: Annotated[str, typer.Option(help="The time zone of hours of the day, such as Europe/Berlin.")] = "UTC",
    by: Annotated[
        list[str] | None, typer.Option(help="A metadata key. The report counts threads by its values. May be repeated.")
    ] = None,
    title: Annotated[str, typer.Option(help="The heading of the page.")] = "Conversations",
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Write a report with charts, and print the main figures.

    The charts show messages and users per day, returning users, answer times, lengths of threads, failed tool calls and
    the size of the data. The file needs no network, so you can send it to others. It contains figures, names of
    assistants and tools, and values of the metadata keys of **--by**, but no messages.
    """
    from ..report import check_path

    period = _period(since, until, zone)
    if file != STDOUT:
        check_path(file)

    work = partial(_compute, file=file, period=period, title=title, metadata_keys=by or ())
    figures, html, last_active_at = with_keep(load_settings(data_dir=data_dir), work)
    if last_active_at is not None:
        _say_where_messages_are(last_active_at)
    if file == STDOUT:
        write(html)
        return
    _print(figures, as_json=as_json)
    say(f"Charts: {file.absolute().as_uri()}", err=True)


async def _compute(
    keep: Threadkeep, *, file: Path, period: Period, title: str, metadata_keys: Sequence[str]
) -> tuple[Figures, str, int | None]:
    """Write the report to the file, or return its page if the file is standard output.

    If the period has no messages, also return the time at which the newest thread was active.
    """
    from ..report import render_report, write_report

    html = ""
    with progress_bar("Queries") as on_progress:
        options: dict[str, Any] = {"title": title, "metadata_keys": metadata_keys, "on_progress": on_progress}
        if file == STDOUT:
            figures, html = await render_report(keep, period, **options)
        else:
            figures = await write_report(keep, file, period, **options)
    newest = None if figures.messages else await anext(keep.thread_service.iter_threads(limit=1), None)
    return figures, html, None if newest is None else newest.last_active_at


def _say_where_messages_are(last_active_at: int) -> None:
    day = datetime.fromtimestamp(last_active_at, UTC).date()
    first, end = day - timedelta(days=_DAYS - 1), day + timedelta(days=1)
    say(f"No messages in this period. The newest thread was active on {day}: --since {first} --until {end}", err=True)


def _period(since: datetime | None, until: datetime | None, zone: str) -> Period:
    from ..report import Period, last_days

    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones is no zone
        raise InvalidInput.at("zone", f"{zone!r} is not a time zone; name one such as Europe/Berlin") from None
    until = until or last_days(1).until
    if since is None:
        try:
            since = until - timedelta(days=_DAYS)
        except OverflowError:
            raise InvalidInput.at("until", "is too early for the 30 days before it") from None
    if since >= until:
        raise InvalidInput.at("since", "must be earlier than --until")
    return Period(since, until, zone)


def _print(figures: Figures, *, as_json: bool) -> None:
    from ..report import headlines

    period = figures.period
    say(f"{period.since:%Y-%m-%d} to {period.until - timedelta(days=1):%Y-%m-%d}", err=True)
    rows = [{"name": shown.name, "figure": shown.figure, "remark": shown.remark} for shown in headlines(figures)]
    print_list(rows, fields("name", "figure", "remark"), as_json=as_json)
