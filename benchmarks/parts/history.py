"""Compares the cost of requests in short and very long threads, and measures other requests while the longest is deleted."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson

from ..load import Load, request
from ..loading import Loader
from ..rounds import Lap, Requests, compare, wall_of
from ..seeding import TEXT
from ..table import Table, judged, microseconds, milliseconds
from ..targets import FLAT, UNDISTURBED, finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..processes import Measured
    from ..rounds import Comparison, Contestant
    from ..stage import Stage

_MOST_WRITES = 48
"""The most messages that are written to each thread, and deleted: the shortest thread must stay short."""
_OTHERS = 4
"""Connections that send other requests during the deletion."""


@dataclass(frozen=True)
class Writes:
    """Requests that are sent once each, a few in each lap: appends and deletions."""

    process: Measured
    load: Load
    requests: Iterator[bytes] = field(repr=False)
    count: int

    async def lap(self, _: float) -> Lap:
        """Send the next `count` requests."""
        before = self.process.cpu_seconds()
        answers = await self.load.run(list(itertools.islice(self.requests, self.count)), count=self.count)
        return Lap((self.process.cpu_seconds() - before) / answers.count, answers.elapsed / answers.count, answers)


@dataclass
class LoadedThread:
    """A thread, and the ids of some messages from its middle."""

    thread_id: str
    length: int
    messages: list[str]


async def measure(stage: Stage) -> list[Table]:
    """The tables of the same requests to threads of different lengths, and of the deletion of the longest."""
    histories = await asyncio.to_thread(_load, stage)
    return [await _flat(stage, histories), await _deletion(stage, histories[-1])]


def _load(stage: Stage) -> list[LoadedThread]:
    loader = Loader(stage.mongodb.url, stage.database, stage.seeds.user_id)
    histories = []
    for thread_id, length in zip(stage.seeds.for_history, stage.effort.history, strict=False):
        task = stage.progress.add_task(f"loading {length:,} messages", total=length)
        message_ids = loader.fill(thread_id, length, lambda count, task=task: stage.progress.advance(task, count))  # type: ignore[misc]
        histories.append(LoadedThread(thread_id, length, message_ids))
    loader.close()
    return histories


async def _flat(stage: Stage, histories: list[LoadedThread]) -> Table:
    table = Table(
        "history",
        "Requests by the length of the thread",
        "CPU time of the API process and waiting time of the client, for one request at a time, by the number of messages in "
        "the thread. *Measured* is the longest thread in units of the shortest.",
        judged("request", *(f"{history.length:,}" for history in histories)),
    )
    rounds = stage.effort.rounds
    async with Load(stage.service.port, 1) as load:
        few = max(1, _MOST_WRITES // (rounds + 1))
        asked = {str(history.length): _contestants(stage, history, load, few) for history in histories}
        kinds = list(asked[str(histories[0].length)])
        task = stage.progress.add_task("history", total=len(kinds) * (rounds + 1))
        for kind in kinds:
            found = await compare(
                {length: contestants[kind] for length, contestants in asked.items()},
                rounds=rounds,
                seconds=stage.effort.lap,
                progress=lambda: stage.progress.advance(task),
            )
            _add(table, kind, found, histories)
    return table


def _add(table: Table, kind: str, found: Comparison, histories: list[LoadedThread]) -> None:
    shortest, *_, longest = names = [str(history.length) for history in histories]
    cpu = finding(f"{kind}, CPU", found.ratio(longest, shortest), FLAT)
    table.add(cpu.what, *(microseconds(found.cpu(name)) for name in names), found=cpu)
    wall = finding(f"{kind}, wait", found.ratio(longest, shortest, wall_of), FLAT)
    table.add(wall.what, *(milliseconds(found.wall(name)) for name in names), found=wall)


def _contestants(stage: Stage, history: LoadedThread, load: Load, few: int) -> dict[str, Contestant]:
    key, path = stage.seeds.key, f"/v1/threads/{history.thread_id}/messages"
    middle = history.messages[len(history.messages) // 2]
    body = orjson.dumps({"role": "user", "content": TEXT, "sender_id": stage.seeds.user_id})
    asked = {
        "last page of 20": f"{path}?limit=20&order=desc",
        "page after a message in the middle": f"{path}?limit=20&after={middle}",
        "page before a message in the middle": f"{path}?limit=20&order=desc&after={middle}",
        "get message": f"/v1/messages/{middle}",
    }
    made: dict[str, Contestant] = {
        kind: Requests(stage.service, load, [request("GET", url, key=key)]) for kind, url in asked.items()
    }
    appends = itertools.repeat(request("POST", path, key=key, body=body))
    made["append"] = Writes(stage.service, load, appends, few)
    deletions = (request("DELETE", f"/v1/messages/{name}", key=key) for name in history.messages if name != middle)
    made["delete message"] = Writes(stage.service, load, deletions, few)
    return made


async def _deletion(stage: Stage, history: LoadedThread) -> Table:
    """The table of the waiting times of other requests, before and during the deletion of the thread."""
    key = stage.seeds.key
    asked = [
        request("GET", f"/v1/threads/{thread}/messages?limit=20&order=desc", key=key) for thread in stage.seeds.threads
    ]
    seconds = stage.effort.lap * 10
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
        f"Waiting time of {_OTHERS} connections that read pages of 20 messages of other threads: before a thread of "
        f"{history.length:,} messages is deleted, and for {seconds:.1f} s while its messages are removed. The deletion itself was "
        f"answered in {milliseconds(answered)}.",
        judged("percentile", "before", "during deletion"),
    )
    for share in (0.5, 0.95, 0.99):
        first, second = before.percentile(share), during.percentile(share)
        judged_one = finding("p95 while a thread is deleted", second / first, UNDISTURBED) if share == 0.95 else None  # noqa: PLR2004 - the percentile that has a target
        table.add(f"p{share * 100:.0f}", milliseconds(first), milliseconds(second), found=judged_one)
    return table
