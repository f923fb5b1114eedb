"""Counts how often a call waits for the network, from its times with and without a delay."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from ...documents import open_client
from ...keep import Threadkeep
from ..calls import RepeatedCall
from ..delay import delayed
from ..rounds import compare
from ..seeding import TEXT
from ..table import Table, judged, milliseconds
from ..targets import WAITS, finding

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ..stage import Stage

_DELAY_SECONDS = 0.001
_PAGE = 20


async def measure(stage: Stage) -> list[Table]:
    """The table of an append and of pages, with one call at a time."""
    table = Table(
        "network",
        "Waits for the network",
        f"Time of a call in process, without and with {_DELAY_SECONDS * 1000:.0f} ms between Threadkeep and the database. "
        "*Measured* is the added time in units of one `ping`'s. A page that continues a list has the number of its first "
        "message in its cursor. The first page of a list waits once on MongoDB, and twice on the embedded server, which reads "
        "a range of numbers only if both ends are known.",
        judged("call", "without", "with"),
    )
    task = stage.progress.add_task("network", total=4 * (stage.effort.rounds + 1))
    with delayed(stage.mongodb.url, _DELAY_SECONDS) as far:
        async with (
            open_client(stage.mongodb.url, timeout_seconds=60, max_connections=10) as near_client,
            open_client(far, timeout_seconds=60, max_connections=10) as far_client,
            Threadkeep(near_client, database=stage.database, sweep_seconds=None) as near_keep,
            Threadkeep(far_client, database=stage.database, sweep_seconds=None) as far_keep,
        ):
            near, distant = await _calls(stage, near_keep), await _calls(stage, far_keep)
            added: dict[str, float] = {}
            for name, call in near.items():
                found = await compare(
                    {"near": RepeatedCall(call), "far": RepeatedCall(distant[name])},
                    rounds=stage.effort.rounds,
                    seconds=stage.effort.lap,
                    progress=lambda: stage.progress.advance(task),
                )
                added[name] = found.wall("far") - found.wall("near")
                waits = added[name] / added["ping"]
                target = WAITS if name in ("append", "next page") else None
                cells = (name, milliseconds(found.wall("near")), milliseconds(found.wall("far")))
                if target is None:
                    table.add(*cells, f"{waits:.2f}")
                else:
                    table.add(*cells, found=finding(f"waits: {name}", waits, target))
    return [table]


async def _calls(stage: Stage, keep: Threadkeep) -> dict[str, Callable[[], Awaitable[Any]]]:
    seeds, messages = stage.seeds, keep.message_service
    read = itertools.cycle(seeds.threads)
    thread_id, written = next(read), seeds.for_service[0]
    cursor = (await messages.list_messages(thread_id, _PAGE)).next_cursor
    return {
        "ping": keep.ping,
        "append": lambda: messages.create_message(written, TEXT, sender_id=seeds.user_id),
        "first page": lambda: messages.list_messages(next(read), _PAGE),
        "next page": lambda: messages.list_messages(thread_id, _PAGE, after=cursor),
    }
