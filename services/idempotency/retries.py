"""Finds what a request wrote whose answer was lost, when its sender sends it again without a key that would tell so.

Nothing is stored for this when a request comes first: what tells is the message itself, of the same words, in the same
thread, written about when the first try must have been (decision 0022).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ...records.message import PROJECTION
from ..appends.batches import visible
from ..appends.sequencer import NEWEST
from ..runtime import now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...documents import Documents, MessageRow
    from ..runtime import Store

_SAID = ("type", "role", "content", "parts", "item", "attachments", "sender_id", "status", "meta_data")
_FARTHEST_BACK = 1000
_MOST_CANDIDATES = 50


@dataclass(frozen=True, slots=True)
class Resent:
    """That a request was sent before: which try this is (1 for the second), and how many seconds ago the first may have been."""

    attempt: int
    ages: Sequence[tuple[float, float]]


async def find_written(store: Store, rows: list[MessageRow], resent: Resent) -> list[MessageRow] | None:
    """What an earlier try stored of these rows, if one did."""
    thread_id = rows[0]["thread_id"]
    await store.appender.settle(thread_id)
    thread = await store.documents.threads.find_one({"_id": thread_id}, {"last_seq": 1})
    if thread is None:
        return None
    for seq in await _places(store.documents, rows[0], thread["last_seq"] - _FARTHEST_BACK, resent):
        written = await _rows(store.documents, thread_id, seq, seq + len(rows) - 1)
        same = len(written) == len(rows) and all(map(_same, written, rows))
        if same and store.given_again.take(written[0]["_id"], resent.attempt):
            return written
    return None


async def _places(documents: Documents, row: MessageRow, low: int, resent: Resent) -> list[int]:
    """The numbers of messages with the words of `row` and of the right age, newest first."""
    moment = now()
    ages = [
        {"created_at": {"$gte": moment - timedelta(seconds=oldest), "$lte": moment - timedelta(seconds=youngest)}}
        for youngest, oldest in resent.ages
    ]
    found = await documents.messages.aggregate(
        [
            {"$match": {"thread_id": row["thread_id"], "seq": {"$gt": low, "$lte": NEWEST}}},
            {"$match": {"role": row["role"], "content": {"$eq": row["content"]}, "$or": ages}},
            {"$sort": {"seq": -1}},
            {"$limit": _MOST_CANDIDATES},
            {"$project": {"seq": 1}},
        ]
    )
    return [candidate["seq"] async for candidate in found]


async def _rows(documents: Documents, thread_id: str, first: int, last: int) -> list[MessageRow]:
    found = await documents.messages.find(
        {"thread_id": thread_id, "seq": {"$gte": first, "$lte": last}}, PROJECTION, sort=[("seq", 1)]
    ).to_list()
    return await visible(documents, found)


def _same(written: Any, row: Any) -> bool:
    prefix = row["_id"].partition("_")[0]
    return written["_id"].startswith(f"{prefix}_") and all(written.get(name) == row.get(name) for name in _SAID)
