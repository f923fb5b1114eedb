"""The environment of every part: MongoDB, the service and the floor on one database, and the stored data."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .database import BenchServer, database, server
from .processes import Measured, floor, service
from .seeding import Seeds, seed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rich.progress import Progress

    from .effort import RunSize


@dataclass(frozen=True)
class Stage:
    """The running processes, the stored data and the effort of a run."""

    mongodb: BenchServer
    database: str
    service: Measured
    floor: Measured
    idle: dict[str, float]
    """The memory of both processes before their first request, in MiB."""
    seeds: Seeds
    effort: RunSize
    progress: Progress


@asynccontextmanager
async def stage(effort: RunSize, progress: Progress) -> AsyncIterator[Stage]:
    """Start all processes and create the data. End the processes when the context ends."""
    task = progress.add_task("starting", total=4)
    with server() as mongodb, database(mongodb.url, dropped=not mongodb.embedded) as name:
        progress.advance(task)
        seeds = await seed(mongodb.url, name)
        progress.advance(task)
        with service(mongodb.url, name) as ours, floor(mongodb.url, name) as bare:
            progress.advance(task, 2)
            idle = {process.name: process.memory() for process in (ours, bare)}
            yield Stage(mongodb, name, ours, bare, idle, seeds, effort, progress)
