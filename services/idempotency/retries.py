"""Finds what a request wrote whose answer was lost, when its sender sends it again without a key that would tell so.

Nothing is stored for this when a request comes first: what tells is the message itself, of the same words, in the same
thread, written about when the first try must have been (decision 0022).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ...clock import now
from ...documents import NEWEST
from ...records import MESSAGE_PROJECTION
from ..appends import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...documents import Documents, MessageRow
    from .answered import ReplayedAnswers

_SAID = ("type", "role", "content", "parts", "item", "attachments", "sender_id", "status", "meta_data")
_FARTHEST_BACK = 1000
_MOST_CANDIDATES = 50


@dataclass(frozen=True, slots=True)
class KeylessRetry:
    """That a request was sent before: which try this is (1 for the second), and how many seconds ago the first may have been."""

    attempt: int
    ages: Sequence[tuple[float, float]]


async def find_written(
    documents: Documents, replayed: ReplayedAnswers, rows: list[MessageRow], keyless_retry: KeylessRetry
) -> list[MessageRow] | None:
    """What an earlier try stored of these rows, if one did."""
    thread_id = rows[0]["thread_id"]
    thread = await documents.threads.find_one({"_id": thread_id}, {"last_seq": 1})
    if thread is None:
        return None
    for seq in await _places(documents, rows[0], thread["last_seq"] - _FARTHEST_BACK, keyless_retry):
        written = await _rows(documents, thread_id, seq, seq + len(rows) - 1)
        same = len(written) == len(rows) and all(map(_same, written, rows))
        if same and replayed.take(written[0]["_id"], keyless_retry.attempt):
            return written
    return None


async def _places(documents: Documents, row: MessageRow, low: int, keyless_retry: KeylessRetry) -> list[int]:
    """The numbers of messages with the words of `row` and of the right age, newest first."""
    moment = now()
    ages = [
        {"created_at": {"$gte": moment - timedelta(seconds=oldest), "$lte": moment - timedelta(seconds=youngest)}}
        for youngest, oldest in keyless_retry.ages
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
        {"thread_id": thread_id, "seq": {"$gte": first, "$lte": last}}, MESSAGE_PROJECTION, sort=[("seq", 1)]
    ).to_list()
    return await visible(documents, found)


def _same(written: Any, row: Any) -> bool:
    prefix = row["_id"].partition("_")[0]
    return written["_id"].startswith(f"{prefix}_") and all(written.get(name) == row.get(name) for name in _SAID)
