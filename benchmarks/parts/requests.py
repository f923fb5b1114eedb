"""What a request costs the process that answers it, in units of the floor, and how many there are in a second."""

from __future__ import annotations

import asyncio
import statistics
from typing import TYPE_CHECKING

from ..instructions import are_counted, executed_by
from ..load import Load
from ..rounds import Comparison, Requests, compare
from ..rows import BATCH, rows
from ..table import Table, judged, microseconds, milliseconds
from ..targets import BATCH as BATCH_TARGET
from ..targets import OPENAI_DOOR, REQUESTS, finding

if TYPE_CHECKING:
    from ..load import Answers
    from ..processes import Measured
    from ..rounds import Contestant
    from ..rows import Row
    from ..stage import Stage

CONNECTIONS = 16
_COUNTED = 500
_NOTE = (
    "CPU time of the API process for one request (user and system, the database's left out) at 16 connections; the floor is "
    "a bare ASGI application with the raw driver that does the same work. Ratios are medians of those within each round. "
    "The unchecked floor does not look whether the thread is still there, or the participants exist; with a user's key ours "
    "looks up that user's rights in the thread, too."
)
_BATCH = f"batch of {BATCH}"


async def measure(stage: Stage) -> list[Table]:
    """All kinds of requests at 16 connections, then the floor and ours at fewer and more."""
    found = {CONNECTIONS: await _compare(stage, CONNECTIONS, rows(stage.seeds), everybody=True)}
    counted = [await _instructions(stage)] if await asyncio.to_thread(are_counted) else []
    for connections in stage.effort.connections:
        single = [row for row in rows(stage.seeds) if row.name in REQUESTS]
        found[connections] = await _compare(stage, connections, single, everybody=False)
    return [_costs(found[CONNECTIONS]), *counted, _openai(found[CONNECTIONS]), _throughput(found)]


async def _compare(stage: Stage, connections: int, kinds: list[Row], *, everybody: bool) -> dict[str, Comparison]:
    """Each kind of request by all who answer it, or by ours and the floor alone."""
    rounds = stage.effort.rounds if everybody else stage.effort.crowded_rounds
    task = stage.progress.add_task(f"requests, {connections} connections", total=len(kinds) * (rounds + 1))
    async with Load(stage.service.port, connections) as ours, Load(stage.floor.port, connections) as bare:
        return {
            row.name: await compare(
                _contestants(stage, row, ours, bare, everybody=everybody and row.name in REQUESTS),
                rounds=rounds,
                seconds=stage.effort.window,
                progress=lambda: stage.progress.advance(task),
            )
            for row in kinds
        }


def _contestants(stage: Stage, row: Row, ours: Load, bare: Load, *, everybody: bool) -> dict[str, Contestant]:
    asked: dict[str, Contestant] = {
        "floor": Requests(stage.floor, bare, row.floor),
        "ours": Requests(stage.service, ours, row.service),
    }
    if everybody:
        asked["user"] = Requests(stage.service, ours, row.user)
        asked["openai"] = Requests(stage.service, ours, row.openai)
        if row.bare and stage.effort.everybody:
            asked["bare"] = Requests(stage.floor, bare, row.bare)
    return asked


def _costs(found: dict[str, Comparison]) -> Table:
    table = Table(
        "requests",
        "CPU of a request",
        _NOTE,
        judged("request", "floor", "ours", "beside the unchecked", "with a user's key"),
    )
    for name, comparison in found.items():
        costs = [microseconds(comparison.cpu(process)) for process in ("floor", "ours")]
        if name in REQUESTS:
            others = [_beside(comparison, "ours", "bare"), _beside(comparison, "user", "floor")]
            table.add(name, *costs, *others, found=finding(name, comparison.ratio("ours", "floor")))
        else:
            single = found["create message"].cpu("ours")
            amount = finding(f"{name}, in single messages", comparison.cpu("ours") / single, BATCH_TARGET)
            table.add(name, *costs, "", "", _beside(comparison, "ours", "floor"))
            table.add(amount.what, "", "", "", "", found=amount)
    return table


def _beside(comparison: Comparison, name: str, base: str) -> str:
    measured = {name, base} <= comparison.windows.keys()
    return f"{comparison.ratio(name, base):.2f}" if measured else ""


async def _instructions(stage: Stage) -> Table:
    """The same, by a measure that does not depend on how busy the machine is."""
    table = Table(
        "requests",
        "Instructions of a request",
        "Thousands that the API process executes for one request, as `perf` counts them.",
        ["request", "floor", "ours", "ratio"],
    )
    for row in rows(stage.seeds):
        counts = [
            await _executed(stage.floor, row.floor) / _COUNTED,
            await _executed(stage.service, row.service) / _COUNTED,
        ]
        table.add(row.name, *(f"{count / 1000:,.0f}" for count in counts), f"{counts[1] / counts[0]:.2f}")
    return table


async def _executed(process: Measured, requests: list[bytes]) -> float:
    async with Load(process.port, CONNECTIONS) as load:
        return await executed_by(process.pid, lambda: load.run(requests, count=_COUNTED)) or float("nan")


def _openai(found: dict[str, Comparison]) -> Table:
    table = Table(
        "requests",
        "The OpenAI door beside the native one",
        "CPU of the same work said through either door, at 16 connections.",
        judged("request", "native", "OpenAI"),
    )
    for name, comparison in found.items():
        if name in REQUESTS:
            native = "user" if name == "create thread" else "ours"  # there a user's key says who takes part
            ratio = finding(name, comparison.ratio("openai", native), OPENAI_DOOR)
            cells = (name, microseconds(comparison.cpu(native)), microseconds(comparison.cpu("openai")))
            table.add(*cells, found=ratio)
    return table


def _throughput(found: dict[int, dict[str, Comparison]]) -> Table:
    table = Table(
        "requests",
        "Requests in a second, and what clients wait",
        "One API process; MongoDB and what sends the requests share the machine's cores with it, so these are no ceilings.",
        ["request", "connections", "a second", "p50", "p95", "p99", "floor: a second", "p50", "p95", "p99"],
    )
    for name in REQUESTS:
        for connections, comparisons in sorted(found.items()):
            answers = [_speed(comparisons[name].answers(process)) for process in ("ours", "floor")]
            table.add(name, str(connections), *answers[0], *answers[1])
    return table


def _speed(rounds: list[Answers]) -> list[str]:
    """The medians over the rounds."""
    percentiles = [
        milliseconds(statistics.median(one.percentile(share) for one in rounds)) for share in (0.5, 0.95, 0.99)
    ]
    return [f"{statistics.median(one.per_second for one in rounds):,.0f}", *percentiles]
