"""`threadkeep demo`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from .connection import DataDir, load_settings, with_keep
from .progress import shown

if TYPE_CHECKING:
    from ..keep import Threadkeep
    from ..transfer.demo import Filled


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    messages: Annotated[int, typer.Option(min=100, max=1_000_000, help="How many messages.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Another number makes other conversations.")] = 1,
    days: Annotated[int, typer.Option(min=7, max=3650, help="Over how many days they spread.")] = 90,
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], metavar="DATE", help="The day before which they end (UTC).", show_default="today"
        ),
    ] = None,
    *,
    add: Annotated[bool, typer.Option("--add", help="Also where there are other conversations already.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Fill a database with believable conversations, to try things on.

    Lengths are heavy-tailed, days and weeks have their rhythm, assistants call tools that fail now and then, hand over to each
    other, and leave questions unanswered. The same seed, days and end give the same figures each time. An interrupted run
    goes on where it stopped.
    """
    settings = load_settings(data_dir=data_dir)
    from ..clock import last_midnight
    from ..transfer.demo import Demo, fill

    wanted = Demo(messages, seed, days, until or last_midnight())

    async def work(keep: Threadkeep) -> Filled:
        with shown("Conversing") as on_progress:
            return await fill(keep, wanted, add=add, on_progress=on_progress)

    filled = with_keep(settings, work)
    if not filled.messages:
        typer.echo("Nothing new: these conversations were there already.")
        return
    counts = f"{filled.messages:,} messages in {filled.threads:,} threads of {filled.users:,} users"
    typer.echo(f"Wrote {counts} in {filled.seconds:.1f} s: {filled.messages / filled.seconds:,.0f} messages/s.")
    typer.echo(
        f"The same again: threadkeep demo --messages {messages} --seed {seed} --days {days} --until {wanted.until:%Y-%m-%d}"
    )
