"""`threadkeep demo`."""

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
    from ..transfer.demo import Filled


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(cls=Command)(demo)


def demo(
    messages: Annotated[int, typer.Option(min=100, max=1_000_000, help="The number of messages.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Another seed gives other conversations.")] = 1,
    days: Annotated[
        int, typer.Option(min=7, max=3650, help="The number of days over which the conversations spread.")
    ] = 90,
    until: Annotated[
        datetime | None,
        typer.Option(formats=DAY, metavar="DATE", help="The day after the last one (UTC).", show_default="today"),
    ] = None,
    *,
    add: Annotated[bool, typer.Option("--add", help="Write also if the database has other conversations.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Fill a database with realistic conversations.

    Most conversations are short, and a few are very long. Users write at the usual hours of days and weeks. Some tool calls
    fail, assistants hand over to each other, and some questions stay unanswered. The same options give the same
    conversations. If a run was interrupted, the same command continues it.
    """
    settings = load_settings(data_dir=data_dir)
    from ..clock import last_midnight
    from ..transfer.demo import Demo, fill

    wanted = Demo(messages, seed, days, until or last_midnight())

    async def work(keep: Threadkeep) -> Filled:
        with progress_bar("Messages") as on_progress:
            return await fill(keep, wanted, add=add, on_progress=on_progress)

    filled = with_keep(settings, work, creates="folder")
    if not filled.messages:
        say("Nothing new: these conversations exist already.")
        return
    counts = f"{filled.messages:,} messages in {filled.threads:,} threads of {filled.users:,} users"
    say(f"Wrote {counts} in {filled.seconds:.1f} s: {filled.messages / filled.seconds:,.0f} messages/s.")
    say(
        f"The same again: threadkeep demo --messages {messages} --seed {seed} --days {days} --until {wanted.until:%Y-%m-%d}"
    )
