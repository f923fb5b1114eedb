"""The command line of the benchmark."""

from __future__ import annotations

import asyncio
import dataclasses
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..errors import StartupError
from ..server import tune
from .bar import ProgressBar
from .chart import chart
from .documentation import write
from .effort import FULL, QUICK, SMOKE, RunSize
from .load import Refused
from .parts import PARTS, adapters, peers
from .report import Report
from .stage import stage

Part = StrEnum("Part", {name: name for name in PARTS})  # type: ignore[misc]  # its members are the names of the parts

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False)


@app.command()
def main(
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Measure for two minutes. This is the default.")] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Measure everything, with a million messages and threads. Takes an hour.")
    ] = False,
    smoke: Annotated[
        bool,
        typer.Option(
            "--smoke", help="Measure for one minute, for CI. Exits with 1 if a ratio is above twice its target."
        ),
    ] = False,
    only: Annotated[list[Part] | None, typer.Option(help="Measure only this part. Can be repeated.")] = None,
    history: Annotated[
        int | None,
        typer.Option(
            min=1_000, help="The number of messages in the longest thread and of threads in the longest list."
        ),
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write all figures to this file.")] = None,
    svg: Annotated[Path | None, typer.Option(help="Draw a chart of the ratios into this file.")] = None,
    write_docs: Annotated[
        bool, typer.Option("--write-docs", help="Write the tables and the chart into `docs/` and the README.")
    ] = False,
) -> None:
    """Compare Threadkeep with the lowest possible cost of the same work, and print tables in Markdown.

    This starts the embedded server, or uses the MongoDB at `THREADKEEP_BENCH_MONGODB_URL`. It uses a new database and drops it
    at the end. Then it starts the service as users do, and the floor. All comparisons are made within interleaved rounds,
    so a busy machine makes the figures less exact but not unfair. `docs/performance.md` explains the tables.
    """
    if quick + full + smoke > 1:
        raise typer.BadParameter("--quick, --full and --smoke exclude each other")
    effort = FULL if full else SMOKE if smoke else QUICK
    if history is not None:
        effort = dataclasses.replace(
            effort, history=_up_to(effort.history, history), threads=_up_to(effort.threads, history)
        )
    parts = [part.value for part in only or ()] or [*effort.parts]
    try:
        report = asyncio.run(run(effort, parts))
    except StartupError as error:
        typer.echo(f"make bench: {error}", err=True)
        raise typer.Exit(2) from None
    print(report.markdown())
    if json is not None:
        json.write_bytes(report.json())
    if svg is not None:
        svg.write_text(chart([found for found in report.findings if found.target.unit == "times"]))
    if write_docs:
        write(report)
    if report.given_up or (smoke and report.gross):
        raise typer.Exit(1)


def _up_to(sizes: tuple[int, ...], longest: int) -> tuple[int, ...]:
    return (*(size for size in sizes if size < longest), longest)


async def run(effort: RunSize, parts: list[str]) -> Report:
    """The report on these parts, which are measured one after the other."""
    if "peers" in parts:
        peers.require_packages()
    if "adapters" in parts:
        adapters.require_packages()
    tune()
    with ProgressBar() as progress:
        async with stage(effort, progress) as running:
            report = Report.begin(running)
            for name in parts:
                try:
                    report.tables += await PARTS[name](running)
                except Refused as refused:  # the other parts are still valid
                    report.given_up.append(name)
                    typer.echo(f"make bench: {name} was given up, a request was refused: {refused}", err=True)
    return report
