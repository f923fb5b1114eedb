"""Measures the memory of a worker, and its growth with the number of answered requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..load import Load
from ..rows import rows
from ..table import Table, judged
from ..targets import GROWTH, MEMORY, finding

if TYPE_CHECKING:
    from ..processes import Measured
    from ..stage import Stage

_CONNECTIONS = 16
_WARM_SHARE = 0.2
_ASKED = ("list 20", "get thread", "get message", "create message")
_STEPS = 10


async def measure(stage: Stage) -> list[Table]:
    """The table of the memory of service and floor: before requests, and after many requests of several kinds."""
    count = stage.effort.growth_requests
    asked = [row for row in rows(stage.seeds) if row.name in _ASKED]
    by_turns = zip(*(row.service for row in asked), strict=False)
    floor_by_turns = zip(*(row.floor for row in asked), strict=False)
    ours = await _grow(stage, stage.service, [one for turn in by_turns for one in turn], count)
    bare = await _grow(stage, stage.floor, [one for turn in floor_by_turns for one in turn], count // 10)
    table = Table(
        "memory",
        "Memory of a worker",
        f"Resident memory in MiB. *After load* is after {count:,} requests of several kinds. Growth is the memory that they added "
        f"to a worker that had answered {int(count * _WARM_SHARE):,} requests before.",
        judged("process", "idle", "after load"),
    )
    table.add("floor", f"{stage.idle['floor']:.0f}", f"{bare[1]:.0f}")
    table.add(
        "ours, in units of the floor",
        f"{stage.idle['threadkeep']:.0f}",
        f"{ours[1]:.0f}",
        found=finding("memory after load", ours[1] / bare[1], MEMORY),
    )
    table.add("growth", "", "", found=finding("growth of memory", ours[1] / ours[0] - 1, GROWTH))
    return [table]


async def _grow(stage: Stage, process: Measured, requests: list[bytes], count: int) -> tuple[float, float]:
    """The memory of the warm process, and after `count` more requests."""
    task = stage.progress.add_task(f"memory of {process.name}", total=_STEPS)
    async with Load(process.port, _CONNECTIONS) as load:
        await load.run(requests, count=int(count * _WARM_SHARE))
        warm = process.memory()
        for _ in range(_STEPS):
            await load.run(requests, count=count // _STEPS)
            stage.progress.advance(task)
    return warm, process.memory()
