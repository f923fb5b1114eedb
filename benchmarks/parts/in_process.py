"""Compares the services in process with the raw driver."""

from __future__ import annotations

import itertools
import secrets
from typing import TYPE_CHECKING, Any

from ...clock import now
from ...documents import durable, open_client
from ...keep import Threadkeep
from ..calls import RepeatedCall
from ..floor import message_row
from ..rounds import compare
from ..seeding import TEXT
from ..table import Table, judged, microseconds
from ..targets import IN_PROCESS, finding

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ..stage import Stage

_PAGE = 100


async def measure(stage: Stage) -> list[Table]:
    """The table of a page and an append, with one call at a time."""
    table = Table(
        "in-process",
        "In process, compared with the raw driver",
        "CPU time of a call. The raw page is two `find` calls, for the thread and for its messages. The raw append is one "
        "`find_one_and_update` and one `insert_one`. The unchecked page does not check that the thread exists.",
        judged("call", "raw", "ours", "ours / unchecked"),
    )
    task = stage.progress.add_task("in process", total=2 * (stage.effort.rounds + 1))
    async with (
        open_client(stage.mongodb.url, timeout_seconds=60, max_connections=10) as client,
        Threadkeep(client, database=stage.database, sweep_seconds=None) as keep,
    ):
        raw = RawCalls(durable(client, stage.database))
        for name, calls in _calls(stage, keep, raw).items():
            found = await compare(
                {who: RepeatedCall(call) for who, call in calls.items()},
                rounds=stage.effort.rounds,
                seconds=stage.effort.lap,
                progress=lambda: stage.progress.advance(task),
            )
            unchecked = f"{found.ratio('ours', 'unchecked'):.2f}" if "unchecked" in calls else ""
            cells = (name, microseconds(found.cpu("raw")), microseconds(found.cpu("ours")), unchecked)
            table.add(*cells, found=finding(f"{name} in process", found.ratio("ours", "raw"), IN_PROCESS[name]))
    return [table]


def _calls(stage: Stage, keep: Threadkeep, raw: RawCalls) -> dict[str, dict[str, Callable[[], Awaitable[Any]]]]:
    seeds = stage.seeds
    read = itertools.cycle(seeds.threads)
    ours, theirs = itertools.cycle(seeds.for_service), itertools.cycle(seeds.for_floor)
    messages = keep.message_service
    return {
        "list 100": {
            "raw": lambda: raw.page(next(read)),
            "ours": lambda: messages.list_messages(next(read), _PAGE),
            "unchecked": lambda: raw.messages_of(next(read)),
        },
        "append": {
            "raw": lambda: raw.append(next(theirs), seeds.user_id),
            "ours": lambda: messages.create_message(next(ours), TEXT, sender_id=seeds.user_id),
        },
    }


class RawCalls:
    """The calls that an application would make with the driver alone."""

    def __init__(self, database: Any) -> None:
        self._threads, self._messages = database["threads"], database["messages"]

    async def page(self, thread_id: str) -> list[Any]:
        """The first hundred messages of a thread, after a check that the thread exists."""
        await self._threads.find_one({"_id": thread_id, "deleted_at": None})
        return await self.messages_of(thread_id)

    async def messages_of(self, thread_id: str) -> list[Any]:
        """The first hundred messages, without a check."""
        window = {"thread_id": thread_id, "seq": {"$gt": 0, "$lte": _PAGE}}
        rows: list[Any] = await self._messages.find(
            window, sort=[("seq", 1)], limit=_PAGE, batch_size=_PAGE + 1
        ).to_list()
        return rows

    async def append(self, thread_id: str, sender_id: str) -> Any:
        """The stored row: reserve a number in the thread, then insert the message."""
        moment = now()
        change = {
            "$inc": {"last_seq": 1, "message_count": 1},
            "$max": {"last_message_at": moment, "last_active_at": moment},
        }
        thread = await self._threads.find_one_and_update(
            {"_id": thread_id}, change, {"last_seq": 1}, return_document=True
        )
        sent = {"role": "user", "content": TEXT, "sender_id": sender_id}
        row = message_row(thread_id, thread["last_seq"], sent, moment, f"message_{secrets.token_hex(11)}")
        await self._messages.insert_one(row)
        return row
