"""`threadkeep report`."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from .connection import DataDir, load_settings, with_keep
from .progress import progress_bar
from .terminal import add_row, say, show, table_of

if TYPE_CHECKING:
    from ..keep import Threadkeep
    from ..report import Figures, Period

_DAYS = 30


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(report)


def report(
    file: Annotated[Path, typer.Argument(help="The HTML file to write.")] = Path("threadkeep-report.html"),
    *,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], metavar="DATE", help="The first day.", show_default="30 days before --until"
        ),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="The day after the last one.", show_default="today"),
    ] = None,
    zone: Annotated[str, typer.Option(help="The time zone of hours of the day, such as Europe/Berlin.")] = "UTC",
    by: Annotated[
        list[str] | None, typer.Option(help="A metadata key. The report counts threads by its values. May be repeated.")
    ] = None,
    title: Annotated[str, typer.Option(help="The heading of the page.")] = "Conversations",
    data_dir: DataDir = None,
) -> None:
    """Write a report with charts, and print the main figures.

    The charts show messages and users per day, returning users, answer times, lengths of threads, failed tool calls and
    the size of the data. The file needs no network, so you can send it to others. It contains figures, names of
    assistants and tools, and values of the metadata keys of **--by**, but no messages.
    """
    from ..report import check_path

    period = _period(since, until, zone)
    check_path(file)
    settings = load_settings(data_dir=data_dir)

    async def work(keep: Threadkeep) -> Figures:
        from ..report import write_report

        with progress_bar("Queries") as on_progress:
            return await write_report(keep, file, period, title=title, metadata_keys=by or (), on_progress=on_progress)

    _print(with_keep(settings, work))
    say(f"Charts: {file.absolute().as_uri()}")


def _period(since: datetime | None, until: datetime | None, zone: str) -> Period:
    from ..report import Period, last_days

    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise typer.BadParameter(f"{zone!r} is not a time zone", param_hint="--zone") from None
    until = until or last_days(1).until
    since = since or until - timedelta(days=_DAYS)
    if since >= until:
        raise typer.BadParameter("must be earlier than --until", param_hint="--since")
    return Period(since, until, zone)


def _print(figures: Figures) -> None:
    from ..report import headlines

    period = figures.period
    table = table_of((), f"{period.since:%Y-%m-%d} to {period.until - timedelta(days=1):%Y-%m-%d}", show_header=False)
    table.add_column(style="dim")
    table.add_column(justify="right", style="bold")
    table.add_column(style="dim")
    for headline in headlines(figures):
        add_row(table, headline.name, headline.figure, headline.remark)
    show(table)
