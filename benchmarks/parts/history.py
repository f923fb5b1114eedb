"""Whether a request costs the same in a short thread and in a very long one, and what deleting the longest does to others."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson

from ..load import Load, request
from ..loading import Loader
from ..rounds import Requests, Window, compare, wall_of
from ..seeding import TEXT
from ..table import Table, judged, microseconds, milliseconds
from ..targets import FLAT, UNDISTURBED, finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..processes import Measured
    from ..rounds import Comparison, Contestant
    from ..stage import Stage

_SPENT = 48
"""Messages that are written to each thread, and deleted, at most: the shortest must stay short."""
_OTHERS = 4


@dataclass(frozen=True)
class Spending:
    """A few requests at a time, each sent once: for deleting, and for what makes a thread longer."""

    process: Measured
    load: Load
    requests: Iterator[bytes] = field(repr=False)
    count: int

    async def window(self, _: float) -> Window:
        """Send the next ones."""
        before = self.process.cpu_seconds()
        answers = await self.load.run(list(itertools.islice(self.requests, self.count)), count=self.count)
        return Window((self.process.cpu_seconds() - before) / answers.count, answers.elapsed / answers.count, answers)


@dataclass
class History:
    """A thread, and messages of its middle."""

    thread_id: str
    length: int
    messages: list[str]


async def measure(stage: Stage) -> list[Table]:
    """The same requests to threads of different lengths, by turns; then the longest is deleted."""
    histories = await asyncio.to_thread(_load, stage)
    return [await _flat(stage, histories), await _deletion(stage, histories[-1])]


def _load(stage: Stage) -> list[History]:
    loader = Loader(stage.mongodb.url, stage.database, stage.seeds.user_id)
    histories = []
    for thread_id, length in zip(stage.seeds.for_history, stage.effort.history, strict=False):
        task = stage.progress.add_task(f"loading {length:,} messages", total=length)
        names = loader.fill(thread_id, length, lambda count, task=task: stage.progress.advance(task, count))  # type: ignore[misc]
        histories.append(History(thread_id, length, names))
    loader.close()
    return histories


async def _flat(stage: Stage, histories: list[History]) -> Table:
    table = Table(
        "history",
        "Flat in the length of history",
        "CPU of the API process and what the client waits for one request at a time, by the number of messages in the "
        "thread; measured is the longest thread in units of the shortest.",
        judged("request", *(f"{history.length:,}" for history in histories)),
    )
    rounds = stage.effort.rounds
    async with Load(stage.service.port, 1) as load:
        few = max(1, _SPENT // (rounds + 1))
        asked = {str(history.length): _contestants(stage, history, load, few) for history in histories}
        kinds = list(asked[str(histories[0].length)])
        task = stage.progress.add_task("history", total=len(kinds) * (rounds + 1))
        for kind in kinds:
            found = await compare(
                {length: contestants[kind] for length, contestants in asked.items()},
                rounds=rounds,
                seconds=stage.effort.window,
                progress=lambda: stage.progress.advance(task),
            )
            _add(table, kind, found, histories)
    return table


def _add(table: Table, kind: str, found: Comparison, histories: list[History]) -> None:
    shortest, *_, longest = names = [str(history.length) for history in histories]
    cpu = finding(f"{kind}, CPU", found.ratio(longest, shortest), FLAT)
    table.add(cpu.what, *(microseconds(found.cpu(name)) for name in names), found=cpu)
    wall = finding(f"{kind}, wait", found.ratio(longest, shortest, wall_of), FLAT)
    table.add(wall.what, *(milliseconds(found.wall(name)) for name in names), found=wall)


def _contestants(stage: Stage, history: History, load: Load, few: int) -> dict[str, Contestant]:
    key, path = stage.seeds.key, f"/v1/threads/{history.thread_id}/messages"
    middle = history.messages[len(history.messages) // 2]
    said = orjson.dumps({"role": "user", "content": TEXT, "sender_id": stage.seeds.user_id})
    asked = {
        "last page of 20": f"{path}?limit=20&order=desc",
        "page after a message of the middle": f"{path}?limit=20&after={middle}",
        "page before it": f"{path}?limit=20&order=desc&after={middle}",
        "get message": f"/v1/messages/{middle}",
    }
    made: dict[str, Contestant] = {
        kind: Requests(stage.service, load, [request("GET", url, key=key)]) for kind, url in asked.items()
    }
    appends = itertools.repeat(request("POST", path, key=key, body=said))
    made["append"] = Spending(stage.service, load, appends, few)
    spent = (request("DELETE", f"/v1/messages/{name}", key=key) for name in history.messages if name != middle)
    made["delete message"] = Spending(stage.service, load, spent, few)
    return made


async def _deletion(stage: Stage, history: History) -> Table:
    """What other requests wait before the thread goes and while it does."""
    key = stage.seeds.key
    asked = [
        request("GET", f"/v1/threads/{thread}/messages?limit=20&order=desc", key=key) for thread in stage.seeds.threads
    ]
    seconds = stage.effort.window * 10
    stage.progress.add_task(f"deleting {history.length:,} messages", total=None)
    async with Load(stage.service.port, _OTHERS) as others, Load(stage.service.port, 1) as load:
        await others.run(asked, seconds=seconds / 4)
        before = await others.run(asked, seconds=seconds)
        began = time.perf_counter()
        await load.run([request("DELETE", f"/v1/threads/{history.thread_id}", key=key)], count=1)
        answered = time.perf_counter() - began
        during = await others.run(asked, seconds=seconds)
    table = Table(
        "history",
        "Deleting a long thread",
        f"What {_OTHERS} connections wait for pages of 20 of other threads, before a thread of {history.length:,} messages is "
        f"deleted and for {seconds:.1f} s while its messages go; the deletion itself was answered in {milliseconds(answered)}.",
        judged("percentile", "before", "while it goes"),
    )
    for share in (0.5, 0.95, 0.99):
        first, second = before.percentile(share), during.percentile(share)
        judged_one = finding("p95 while a thread goes", second / first, UNDISTURBED) if share == 0.95 else None  # noqa: PLR2004 - the percentile that has a target
        table.add(f"p{share * 100:.0f}", milliseconds(first), milliseconds(second), found=judged_one)
    return table
