"""`threadkeep rollup`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from .application import Command
from .connection import DataDir, load_settings, with_keep
from .dates import DAY
from .progress import progress_bar
from .terminal import say

if TYPE_CHECKING:
    from ..keep import Threadkeep
    from ..records import RollupReport


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(cls=Command)(rollup)


def rollup(
    *,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Compute all days again, not only those that changed.")
    ] = False,
    since: Annotated[
        datetime | None, typer.Option(formats=DAY, help="With --rebuild: only the days since this one (UTC).")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Compute the daily facts of all days that changed since the last run (docs/analytics.md).

    A running server does this every THREADKEEP_ROLLUP_SECONDS. You may stop the command at any time: the next run
    continues it.
    """
    settings = load_settings(data_dir=data_dir)

    async def work(keep: Threadkeep) -> RollupReport | None:
        from ..clock import EPOCH
        from ..services import Rollups, without_deadline

        rollups = Rollups(keep.runtime.documents)
        with without_deadline(), progress_bar("Days") as on_progress:
            if rebuild:
                return await rollups.rebuild(since or EPOCH, on_progress)
            return await rollups.run(on_progress)

    report = with_keep(settings, work)
    if report is None:
        say("Another process is computing the daily facts now.")
    else:
        days = f"{report.days} day{'s' if report.days != 1 else ''}"
        say(f"{days} computed. The daily facts include all changes until {report.as_of:%Y-%m-%d %H:%M:%S} UTC.")
