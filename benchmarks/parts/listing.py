"""Compares the cost of the newest threads of a user with few and with many threads."""

from __future__ import annotations

import asyncio
import statistics
from typing import TYPE_CHECKING

from ..load import Load, Refused, request
from ..loading import Loader
from ..rounds import Requests, compare, wall_of
from ..table import Table, judged, microseconds, milliseconds
from ..targets import FLAT, finding

if TYPE_CHECKING:
    from ..processes import Measured
    from ..rounds import Comparison, Contestant, Lap
    from ..stage import Stage

_IDLE_SECONDS = 2.0
_NAME = "newest 20 threads of a user"


async def measure(stage: Stage) -> list[Table]:
    """The table of the first page of threads, for users with few and with many threads."""
    sizes = stage.effort.threads
    users = stage.seeds.listed[: len(sizes)]
    await asyncio.to_thread(_load, stage, dict(zip(users, sizes, strict=True)))
    task = stage.progress.add_task("lists", total=stage.effort.rounds + 1)
    table = Table(
        "listing",
        "A list by the number of threads of the user",
        "CPU time of the API process without its idle CPU time, and waiting time of the client, by the number of threads of the "
        "user. All threads are from the past year. MongoDB reads twenty entries of an index. The embedded server reads all of "
        "a range, which the service keeps small (decision 32).",
        judged("request", *(f"{size:,}" for size in sizes)),
    )
    idle = await _idle(stage.service)
    try:
        async with Load(stage.service.port, 1) as load:
            asked: dict[str, Contestant] = {}
            for user in users:
                path = f"/v1/threads?participant={user}&limit=20"
                asked[user] = Requests(stage.service, load, [request("GET", path, key=stage.seeds.key)])
            found = await compare(
                asked,
                rounds=stage.effort.rounds,
                seconds=stage.effort.lap,
                progress=lambda: stage.progress.advance(task),
            )
    except Refused as refused:
        table.add(f"not answered: {refused}")
        return [table]
    _add(table, users, found, idle)
    return [table]


def _add(table: Table, users: list[str], found: Comparison, idle: float) -> None:
    def cpu_of(lap: Lap) -> float:
        return lap.cpu - idle * lap.wall

    costs = [microseconds(statistics.median(map(cpu_of, found.laps[user]))) for user in users]
    table.add(f"{_NAME}, CPU", *costs, found=finding(f"{_NAME}, CPU", found.ratio(users[-1], users[0], cpu_of), FLAT))
    waits = [milliseconds(found.wall(user)) for user in users]
    grown = found.ratio(users[-1], users[0], wall_of)
    table.add(f"{_NAME}, wait", *waits, found=finding(f"{_NAME}, wait", grown, FLAT))


async def _idle(process: Measured) -> float:
    """The share of one core that the process uses without requests."""
    before = process.cpu_seconds()
    await asyncio.sleep(_IDLE_SECONDS)
    return (process.cpu_seconds() - before) / _IDLE_SECONDS


def _load(stage: Stage, sizes: dict[str, int]) -> None:
    loader = Loader(stage.mongodb.url, stage.database, stage.seeds.user_id)
    for user, size in sizes.items():
        task = stage.progress.add_task(f"loading {size:,} threads", total=size)
        advance = lambda count, task=task: stage.progress.advance(task, count)  # noqa: E731 - bound to this task
        loader.multiply(stage.seeds.threads[0], user, size, advance)
    loader.close()
