"""`threadkeep rollup`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from .connection import DataDir, load_settings, with_keep
from .progress import shown

if TYPE_CHECKING:
    from ..keep import Threadkeep
    from ..records import RollupReport


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(rollup)


def rollup(
    *,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Compute all days again, not only what changed.")] = False,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="With --rebuild: only the days since this one (UTC).")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Bring the daily facts up to date (docs/analytics.md), at a cost that depends on what changed.

    A running service does so by itself every THREADKEEP_ROLLUP_SECONDS. It may be stopped at any time: the next run goes
    on where it was.
    """
    settings = load_settings(data_dir=data_dir)

    async def work(keep: Threadkeep) -> RollupReport | None:
        import pymongo

        from ..clock import EPOCH
        from ..services import Rollups

        rollups = Rollups(keep.runtime.documents)
        with pymongo.timeout(None), shown("Days") as show:
            if rebuild:
                return await rollups.rebuild(since or EPOCH, show)
            return await rollups.run(show)

    report = with_keep(settings, work)
    if report is None:
        typer.echo("Another process is at it.")
    else:
        typer.echo(
            f"{report.days} days computed; the facts have what changed until {report.as_of:%Y-%m-%d %H:%M:%S} UTC."
        )
