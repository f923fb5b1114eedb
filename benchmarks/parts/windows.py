"""Compares windows of threads of different lengths with the bare page that they read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ...context import estimate
from ...documents import open_client
from ...keep import Threadkeep
from ..calls import RepeatedCall
from ..loading import Loader
from ..rounds import compare, wall_of
from ..table import Table, judged, microseconds, milliseconds
from ..targets import FLAT, WINDOW, finding

if TYPE_CHECKING:
    from ...services import MessageService
    from ..rounds import Comparison
    from ..stage import Stage

_TOKENS = 8_000
_PAGE = 200
"""The number of messages that a window of so many tokens reads first."""
_FEW = 2
"""With at most this number of threads, the shorter one is read as a whole, so they are not compared."""


async def measure(stage: Stage) -> list[Table]:
    """The table of a window of 8,000 tokens, by hand and by `context`, with one call at a time."""
    lengths = stage.effort.history
    table = Table(
        "context",
        "The window of a model",
        f"CPU time of the process and waiting time of a call, in process, by the number of messages in the thread. The page "
        f"has the newest {_PAGE} messages, as many as a window of {_TOKENS:,} tokens reads. By hand, it is also counted with "
        "the same counter and cut, and nothing is made valid. *Measured* is `context` in units of the page.",
        judged("thread", "page", "by hand", "`context`"),
    )
    async with (
        open_client(stage.mongodb.url, timeout_seconds=60, max_connections=10) as client,
        Threadkeep(client, database=stage.database, sweep_seconds=None) as keep,
    ):
        threads = [await _thread(stage, keep, length) for length in lengths]
        task = stage.progress.add_task("context", total=len(lengths) * (stage.effort.rounds + 1))
        measured: list[Comparison] = []
        for thread_id, length in zip(threads, lengths, strict=True):
            found = await compare(
                _calls(keep.message_service, thread_id),
                rounds=stage.effort.rounds,
                seconds=stage.effort.lap,
                progress=lambda: stage.progress.advance(task),
            )
            _add(table, length, found)
            measured.append(found)
    if len(measured) > _FEW:
        growth = finding(f"{lengths[-1]:,} beside {lengths[1]:,}, wait", _growth(measured[1], measured[-1]), FLAT)
        table.add(growth.what, "", "", "", found=growth)
    return [table]


def _growth(shorter: Comparison, longer: Comparison) -> float:
    return longer.wall("context") / shorter.wall("context")


def _add(table: Table, length: int, found: Comparison) -> None:
    names = ("page", "by hand", "context")
    cpu = finding(f"{length:,} messages, CPU", found.ratio("context", "page"), WINDOW)
    table.add(cpu.what, *(microseconds(found.cpu(name)) for name in names), found=cpu)
    wall = finding(f"{length:,} messages, wait", found.ratio("context", "page", wall_of), WINDOW)
    table.add(wall.what, *(milliseconds(found.wall(name)) for name in names), found=wall)


async def _thread(stage: Stage, keep: Threadkeep, length: int) -> str:
    thread = await keep.thread_service.create_thread([stage.seeds.user_id])
    loader = Loader(stage.mongodb.url, stage.database, stage.seeds.user_id)
    task = stage.progress.add_task(f"loading {length:,} messages", total=length)
    await asyncio.to_thread(loader.fill, thread.id, length, lambda count: stage.progress.advance(task, count))
    loader.close()
    return thread.id


def _calls(messages: MessageService, thread_id: str) -> dict[str, RepeatedCall]:
    async def page() -> Any:
        return await messages.list_messages(thread_id, _PAGE, order="desc")

    async def by_hand() -> Any:
        room, kept = _TOKENS, []
        for message in await page():
            room -= estimate(message.content) + 4
            if room < 0:
                break
            kept.append({"role": message.role, "content": message.content})
        return kept[::-1]

    async def window() -> Any:
        return await messages.context(thread_id, _TOKENS)

    return {"page": RepeatedCall(page), "by hand": RepeatedCall(by_hand), "context": RepeatedCall(window)}
