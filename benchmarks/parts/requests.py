"""Measures the CPU time of a request in units of the floor, and the requests per second."""

from __future__ import annotations

import asyncio
import statistics
from typing import TYPE_CHECKING

from ..instructions import are_counted, executed_by
from ..load import Load
from ..rounds import Comparison, Precision, Requests, compare
from ..rows import BATCH, rows
from ..table import Table, judged, microseconds, milliseconds
from ..targets import ALONE, OPENAI_API, REQUESTS, finding
from ..targets import BATCH as BATCH_TARGET

if TYPE_CHECKING:
    from ..load import Answers
    from ..processes import Measured
    from ..rounds import Contestant
    from ..rows import Row
    from ..stage import Stage

CONNECTIONS = 16
_COUNTED = 500
_SURE = 0.04
_SPEED = ("per second", "p50", "p95", "p99")
_NOTE = (
    "CPU time (user and system) of the API process for one request at 16 connections, without the database. The floor is a "
    "bare ASGI application with the raw driver that does the same work. *Measured* is ours divided by the floor, and *spread* "
    "is the same within single rounds, without the outer tenths. With 95 %, the ratio is not further from the true one than *±*. "
    "The unchecked floor does not check that the thread or the participants exist. With a user's key, Threadkeep also checks "
    "the rights of that user in the thread."
)
_BATCH = f"batch of {BATCH}"


async def measure(stage: Stage) -> list[Table]:
    """The tables of all requests at 16 connections, and of service and floor at other numbers of connections."""
    found = {CONNECTIONS: await _compare(stage, CONNECTIONS, rows(stage.seeds), with_others=True)}
    counted = [await _instructions(stage)] if await asyncio.to_thread(are_counted) else []
    for connections in stage.effort.connections:
        single = [row for row in rows(stage.seeds) if row.name in REQUESTS]
        found[connections] = await _compare(stage, connections, single, with_others=False)
    alone = [_alone(found[1])] if 1 in found else []
    return [_costs(found[CONNECTIONS]), *counted, *alone, _openai(found[CONNECTIONS]), _throughput(found)]


async def _compare(stage: Stage, connections: int, kinds: list[Row], *, with_others: bool) -> dict[str, Comparison]:
    """The comparison of each kind of request: of all contestants, or of service and floor alone."""
    is_alone = connections == 1
    rounds = stage.effort.rounds if with_others or is_alone else stage.effort.extra_rounds
    precision = Precision("ours", "floor", _SURE, stage.effort.most_rounds)
    task = stage.progress.add_task(f"requests, {connections} connections", total=len(kinds) * (rounds + 1))
    async with Load(stage.service.port, connections) as ours, Load(stage.floor.port, connections) as bare:
        return {
            row.name: await compare(
                _contestants(stage, row, ours, bare, with_others=with_others and row.name in REQUESTS),
                rounds=rounds,
                seconds=stage.effort.lap,
                progress=lambda: stage.progress.advance(task),
                precision=precision if is_alone and row.name in ALONE else None,
            )
            for row in kinds
        }


def _contestants(stage: Stage, row: Row, ours: Load, bare: Load, *, with_others: bool) -> dict[str, Contestant]:
    asked: dict[str, Contestant] = {
        "floor": Requests(stage.floor, bare, row.floor),
        "ours": Requests(stage.service, ours, row.service),
    }
    if with_others:
        asked["user"] = Requests(stage.service, ours, row.user)
        asked["openai"] = Requests(stage.service, ours, row.openai)
        if row.bare and stage.effort.unchecked_floor:
            asked["bare"] = Requests(stage.floor, bare, row.bare)
    return asked


def _costs(found: dict[str, Comparison]) -> Table:
    table = Table(
        "requests",
        "CPU time of a request",
        _NOTE,
        judged("request", "floor", "ours", "ours / unchecked", "user's key / floor", "spread", "±"),
    )
    for name, comparison in found.items():
        costs = [microseconds(comparison.cpu(process)) for process in ("floor", "ours")]
        if name in REQUESTS:
            others = [_ratio(comparison, "ours", "bare"), _ratio(comparison, "user", "floor"), *_spread(comparison)]
            table.add(name, *costs, *others, found=finding(name, comparison.ratio("ours", "floor")))
        else:
            single = found["create message"].cpu("ours")
            amount = finding(f"{name}, in single messages", comparison.cpu("ours") / single, BATCH_TARGET)
            table.add(name, *costs, "", "", *_spread(comparison), _ratio(comparison, "ours", "floor"))
            table.add(amount.what, "", "", "", "", "", "", found=amount)
    return table


def _alone(found: dict[str, Comparison]) -> Table:
    """The table of requests that come one after the other."""
    table = Table(
        "requests",
        "CPU time of a request at one connection",
        "The same with one request at a time. The process then waits for each answer of the database, and sleeps meanwhile.",
        judged("request", "floor", "ours", "spread", "±"),
    )
    for name, comparison in found.items():
        cells = (name, *(microseconds(comparison.cpu(process)) for process in ("floor", "ours")), *_spread(comparison))
        ratio = comparison.ratio("ours", "floor")
        if name in ALONE:
            table.add(*cells, found=finding(f"{name}, one connection", ratio, ALONE[name]))
        else:
            table.add(*cells, f"{ratio:.2f}")
    return table


def _spread(comparison: Comparison) -> tuple[str, str]:
    low, high = comparison.spread("ours", "floor")
    uncertain = comparison.uncertainty("ours", "floor") * comparison.ratio("ours", "floor")
    return f"{low:.2f} to {high:.2f}", f"{uncertain:.2f}"


def _ratio(comparison: Comparison, name: str, base: str) -> str:
    measured = {name, base} <= comparison.laps.keys()
    return f"{comparison.ratio(name, base):.2f}" if measured else ""


async def _instructions(stage: Stage) -> Table:
    """The table of instructions, which do not depend on how busy the machine is."""
    table = Table(
        "requests",
        "Instructions of a request",
        "Thousands of instructions of the API process for one request, as `perf` counts them.",
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
        "The OpenAI API, compared with the native API",
        "CPU time of the same work in each API, at 16 connections.",
        judged("request", "native", "OpenAI"),
    )
    for name, comparison in found.items():
        if name in REQUESTS:
            native = (
                "user" if name == "create thread" else "ours"
            )  # in the OpenAI API, the user of the key becomes the participant
            ratio = finding(name, comparison.ratio("openai", native), OPENAI_API)
            cells = (name, microseconds(comparison.cpu(native)), microseconds(comparison.cpu("openai")))
            table.add(*cells, found=ratio)
    return table


def _throughput(found: dict[int, dict[str, Comparison]]) -> Table:
    table = Table(
        "requests",
        "Requests per second, and waiting time of clients",
        "One API process. MongoDB and the sender of the requests use the same cores, so these figures are no maximum.",
        ["request", "connections", *(f"{of}{what}" for of in ("", "floor: ") for what in _SPEED)],
    )
    for name in REQUESTS:
        for connections, comparisons in sorted(found.items()):
            answers = [_speed(comparisons[name].answers(process)) for process in ("ours", "floor")]
            table.add(name, str(connections), *answers[0], *answers[1])
    return table


def _speed(rounds: list[Answers]) -> list[str]:
    """The cells of one process: requests per second and percentiles, as medians over the rounds."""
    percentiles = [
        milliseconds(statistics.median(one.percentile(share) for one in rounds)) for share in (0.5, 0.95, 0.99)
    ]
    return [f"{statistics.median(one.per_second for one in rounds):,.0f}", *percentiles]
