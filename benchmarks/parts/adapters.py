"""Compares the adapters of two agent frameworks with the stores that the frameworks bring."""

from __future__ import annotations

import random
import statistics
import time
from contextlib import AsyncExitStack
from importlib.metadata import PackageNotFoundError, version
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ...errors import StartupError
from ...keep import Threadkeep
from ..database import database
from ..peers.memories import open_graphs, open_sessions
from ..table import Table, milliseconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..peers.memories import PeerMemory
    from ..stage import Stage

_CALLS = 2
"""The calls of each kind in one round, except `add`. A turn has two messages, so the pops remove what `add` appended."""
_COUNTED = 20
"""The turns whose bytes are counted, behind a history of 100 messages."""
_PACKAGES = ("openai-agents", "langgraph", "langgraph-checkpoint-mongodb", "langgraph-checkpoint-sqlite")
_NOTE = (
    "Waiting time of one call with a history of this length: the median. A turn is two messages. Bytes of a turn are those "
    "of the documents behind 100 messages, for SQLite those of the file. The stores on MongoDB use the same server. The text "
    "below the tables says what each of them stores."
)
_COLUMNS = ["store", "messages", "add a turn", "newest 20", "all", "pop", "bytes of a turn"]
Times = dict[str, list[float]]


async def measure(stage: Stage) -> list[Table]:
    """One table for each framework."""
    tables = []
    for title, opened in (
        ("Sessions of the OpenAI Agents SDK", open_sessions),
        ("Checkpoints of LangGraph", open_graphs),
    ):
        async with AsyncExitStack() as exits:
            name = exits.enter_context(database(stage.mongodb.url))
            folder = exits.enter_context(TemporaryDirectory(prefix="threadkeep-bench-"))
            keep = await exits.enter_async_context(
                Threadkeep.connect(stage.mongodb.url, database=name, timeout_seconds=120, sweep_seconds=None)
            )
            memories = await opened(keep, stage.mongodb.url, folder, exits)
            tables.append(await _compare(stage, title, memories))
    return tables


async def _compare(stage: Stage, title: str, memories: Mapping[str, PeerMemory]) -> Table:
    table = Table("adapters", title, _NOTE, _COLUMNS)
    sizes = {who: await _bytes_of_turn(memory) for who, memory in memories.items()}
    task = stage.progress.add_task(title, total=len(stage.effort.peers) * stage.effort.rounds)
    for length in stage.effort.peers:
        times: dict[str, Times] = {who: {} for who in memories}
        for memory in memories.values():
            await memory.fill(str(length), length // 2)
        order = list(memories)
        for number in range(stage.effort.rounds):
            random.Random(number).shuffle(order)  # noqa: S311 - the same orders in each run
            for who in order:
                await _round(memories[who], str(length), times[who])
            stage.progress.advance(task)
        for who, found in times.items():
            cells = [_median(found, call) for call in ("add", "last", "all", "pop")]
            table.add(who, f"{length:,}", *cells, f"{sizes[who]:,}")
    return table


async def _round(memory: PeerMemory, name: str, times: Times) -> None:
    """Time each call. The pops remove the turn that was added."""
    calls = {"add": memory.add, "last": memory.last, "all": memory.all, "pop": memory.pop}
    for what, call in calls.items():
        for _ in range(1 if what == "add" else _CALLS):
            began = time.perf_counter()
            if call is not None:
                await call(name)
                times.setdefault(what, []).append(time.perf_counter() - began)


async def _bytes_of_turn(memory: PeerMemory) -> int:
    await memory.fill("sizes", 50)
    before = await memory.stored()
    for _ in range(_COUNTED):
        await memory.add("sizes")
    return (await memory.stored() - before) // _COUNTED


def _median(times: Times, call: str) -> str:
    return milliseconds(statistics.median(times[call])) if call in times else ""


def require_packages() -> None:
    """Raise `StartupError` if a framework is not installed."""
    for package in _PACKAGES:
        try:
            version(package)
        except PackageNotFoundError as error:
            raise StartupError("The frameworks are not installed: pip install 'threadkeep[bench-adapters]'.") from error
