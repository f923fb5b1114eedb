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
from .bar import Bar
from .chart import chart
from .documentation import write
from .effort import FULL, QUICK, SMOKE, Effort
from .load import Refused
from .parts import PARTS, peers
from .report import Report
from .stage import stage

Part = StrEnum("Part", {name: name for name in PARTS})  # type: ignore[misc]  # its members are the parts there are

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False)


@app.command()
def main(
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Two minutes: the default.")] = False,
    full: Annotated[
        bool, typer.Option("--full", help="All of it, a million messages and threads included: an hour.")
    ] = False,
    smoke: Annotated[
        bool,
        typer.Option("--smoke", help="A minute, for CI: exits with 1 where a ratio is beyond twice its target."),
    ] = False,
    only: Annotated[list[Part] | None, typer.Option(help="Measure only this part; may be repeated.")] = None,
    history: Annotated[
        int | None, typer.Option(min=1_000, help="Messages in the longest thread, and threads in the longest list.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write all figures to this file.")] = None,
    svg: Annotated[Path | None, typer.Option(help="Draw the ratios into this file.")] = None,
    write_docs: Annotated[
        bool, typer.Option("--write-docs", help="Put the tables and the chart into `docs/` and the README.")
    ] = False,
) -> None:
    """Measure Threadkeep beside the least that its work can cost, and print tables in Markdown.

    Starts the embedded server, or uses the MongoDB that `THREADKEEP_BENCH_MONGODB_URL` names, in a database of its own that
    is dropped in the end; starts the service as users do, and the floor. Everything is compared within interleaved rounds,
    so a busy machine makes the figures rough but not unfair. How to read them: `docs/performance.md`.
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


async def run(effort: Effort, parts: list[str]) -> Report:
    """Measure these parts, one after the other."""
    if "peers" in parts:
        peers.require_packages()
    tune()
    with Bar() as progress:
        async with stage(effort, progress) as running:
            report = Report.begin(running)
            for name in parts:
                try:
                    report.tables += await PARTS[name](running)
                except Refused as refused:  # what was measured before, and will be after it, is as good as ever
                    report.given_up.append(name)
                    typer.echo(f"make bench: {name} was given up, a request was refused: {refused}", err=True)
    return report
