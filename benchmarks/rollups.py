"""Measures the rollup of the daily facts with histories of these lengths: `python -m threadkeep.benchmarks.rollups 10000 100000`.

Each history has a thousand messages a day, so a longer history has more days, not more messages a day.
"""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from ..documents import open_client
from ..keep import Threadkeep
from ..services import DAY, Rollups, insert_new
from ..transfer.demo import Demo, generate
from .database import database, server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ..documents import Documents
    from ..inputs import MessageInput

PER_DAY = 1_000
SIZES = (10_000, 100_000)
_NEW = 1_000
_BATCH = 2_000


@dataclass(frozen=True)
class Figure:
    """The result of one rollup: the computed days and the seconds."""

    what: str
    days: int
    seconds: float


async def measure(documents: Documents, keep: Threadkeep) -> list[Figure]:
    """The figures of a first rollup, and of one rollup after each kind of change."""
    # With a look back, each run would compute the days again that changed in the last ten minutes.
    rollups = Rollups(documents, look_back=timedelta(0))
    figures = [await _timed("all days, once", rollups)]
    for what, change in _changes(documents, keep):
        await change()
        figures.append(await _timed(what, rollups))
    return figures


def _changes(documents: Documents, keep: Threadkeep) -> list[tuple[str, Callable[[], Awaitable[object]]]]:
    async def nothing() -> None:
        pass

    async def new_messages() -> None:
        thread = await keep.thread_service.create_thread()
        for _ in range(_NEW // 500):
            messages: list[MessageInput] = [
                {"role": role, "content": "new"} for _ in range(250) for role in ("user", "assistant")
            ]
            await keep.message_service.create_messages(thread.id, messages)

    async def edit() -> None:
        await keep.message_service.update_message((await _old(documents))["_id"], content="edited")

    async def delete() -> None:
        await keep.message_service.delete_message((await _old(documents))["_id"])

    async def delete_thread() -> None:
        await keep.thread_service.delete_thread((await _old(documents))["thread_id"])

    return [
        ("nothing", nothing),
        (f"{_NEW:,} new messages", new_messages),
        ("one old message edited", edit),
        ("one old message deleted", delete),
        ("one old thread deleted", delete_thread),
    ]


async def _old(documents: Documents) -> Any:
    """A message of the first days of the history."""
    return await documents.messages.find_one({"batch": None}, sort=[("created_at", 1)])


async def _timed(what: str, rollups: Rollups) -> Figure:
    began = time.perf_counter()
    report = await rollups.run()
    return Figure(what, 0 if report is None else report.days, time.perf_counter() - began)


async def fill(documents: Documents, size: int, progress: Callable[[int], object]) -> None:
    """Insert a history of `size` messages, as if it had been written over the past days."""
    generated = generate(Demo(messages=size, days=max(7, size // PER_DAY)))
    batch: list[Any] = []
    threads: list[Any] = []
    for thread, rows in generated.conversations:
        threads.append(thread)
        batch += rows
        if len(batch) >= _BATCH:
            await insert_new(documents.messages, batch)
            await insert_new(documents.threads, threads)
            progress(len(batch))
            batch, threads = [], []
    await insert_new(documents.messages, batch)
    await insert_new(documents.threads, threads)
    progress(len(batch))


async def run(sizes: list[int]) -> dict[int, list[Figure]]:
    """The figures for each size. Each size has its own database."""
    found: dict[int, list[Figure]] = {}
    with server() as running, Progress(console=Console(stderr=True)) as progress:
        for size in sizes:
            task = progress.add_task(f"{size:,} messages", total=size)
            with database(running.url, dropped=not running.embedded) as name:
                async with (
                    open_client(running.url, timeout_seconds=DAY.total_seconds(), max_connections=10) as client,
                    Threadkeep(client, database=name, sweep_seconds=None) as keep,
                ):
                    documents = keep.runtime.documents
                    await fill(documents, size, lambda count, task=task: progress.advance(task, count))  # type: ignore[misc]
                    found[size] = await measure(documents, keep)
    return found


def table(found: dict[int, list[Figure]]) -> Table:
    """A table of the seconds and the computed days for each kind of change."""
    made = Table(
        "changed since the last run", *(f"{size:,} messages" for size in found), title="Seconds (days computed)"
    )
    for row in zip(*found.values(), strict=True):
        made.add_row(row[0].what, *(f"{figure.seconds:.2f} ({figure.days})" for figure in row))
    return made


if __name__ == "__main__":
    Console().print(table(asyncio.run(run([int(size) for size in sys.argv[1:]] or [*SIZES]))))
