"""Keyless retries: finds the messages that an earlier try of the same request stored (decision 0022).

A first try stores nothing for this. A retry is recognised by the stored message. The message has the same content and is in the
same thread. It was written when the first try must have run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pymongo.errors import OperationFailure

from ...clock import now
from ...documents import NEWEST, comment_of, is_too_much
from ...records import MESSAGE_PROJECTION
from ..appends import visible
from ..database import in_parts
from ..deletion import outside, ranges_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...documents import Documents, MessageRow
    from .keyless_answers import ReplayedAnswers

_COMPARED_FIELDS = ("type", "role", "content", "parts", "item", "attachments", "sender_id", "status", "meta_data")
_FARTHEST_BACK = 1000
_MOST_CANDIDATES = 50
_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class KeylessRetry:
    """A request that is a keyless retry."""

    attempt: int
    """The number of tries before this one: 1 for the second try."""
    ages: Sequence[tuple[float, float]]
    """The ranges of time in which the first try may have run, in seconds before now: `(youngest, oldest)`."""


async def find_written(
    documents: Documents, replayed: ReplayedAnswers, rows: list[MessageRow], keyless_retry: KeylessRetry
) -> list[MessageRow] | None:
    """The rows that an earlier try stored for these rows, or None. Each stored row answers one retry only.

    Rows are the same if their fields in `_COMPARED_FIELDS` and the prefixes of their ids are equal. For several rows, all
    must be the same, in the same order and with consecutive numbers.
    """
    thread_id = rows[0]["thread_id"]
    thread = await documents.threads.find_one({"_id": thread_id}, {"last_seq": 1, "cuts": 1})
    if thread is None:
        return None
    for seq in await _candidates(documents, rows[0], thread["last_seq"], keyless_retry):
        written = outside(await _rows(documents, thread_id, seq, seq + len(rows) - 1), ranges_of(thread))
        same = len(written) == len(rows) and all(map(_is_same, written, rows))
        if same and replayed.take(written[0]["_id"], keyless_retry.attempt):
            return written
    return None


async def _candidates(documents: Documents, row: MessageRow, last_seq: int, keyless_retry: KeylessRetry) -> list[int]:
    """The numbers of the newest messages with the role, the text and the age of `row`, the newest first."""
    moment = now()
    ages = [
        {"created_at": {"$gte": moment - timedelta(seconds=oldest), "$lte": moment - timedelta(seconds=youngest)}}
        for youngest, oldest in keyless_retry.ages
    ]

    async def read(low: int, high: int, most_bytes: int | None) -> list[int]:
        found = await documents.messages.aggregate(
            [
                {"$match": {"thread_id": row["thread_id"], "seq": {"$gt": low, "$lte": high}}},
                {"$match": {"role": row["role"], "content": {"$eq": row["content"]}, "$or": ages}},
                {"$sort": {"seq": -1}},
                {"$limit": _MOST_CANDIDATES},
                {"$project": {"seq": 1}},
            ],
            **comment_of(most_bytes),
        )
        return [candidate["seq"] async for candidate in found]

    numbers: list[int] = []
    for low, high in ((last_seq, NEWEST), (max(0, last_seq - _FARTHEST_BACK), last_seq)):
        async for part in in_parts(low, high, read, upward=False):
            numbers += part
            if len(numbers) >= _MOST_CANDIDATES:
                return numbers[:_MOST_CANDIDATES]
    return numbers


async def _rows(documents: Documents, thread_id: str, first: int, last: int) -> list[MessageRow]:
    """The visible messages with these numbers. Empty if they are larger than any request was."""
    window = {"thread_id": thread_id, "seq": {"$gte": first, "$lte": last}}
    try:
        found = await documents.messages.find(
            window, MESSAGE_PROJECTION, sort=[("seq", 1)], **comment_of(_MOST_BYTES)
        ).to_list()
    except OperationFailure as error:
        if not is_too_much(error):
            raise
        return []
    return await visible(documents, found)


def _is_same(written: Any, row: Any) -> bool:
    prefix = row["_id"].partition("_")[0]
    same_fields = all(written.get(name) == row.get(name) for name in _COMPARED_FIELDS)
    return written["_id"].startswith(f"{prefix}_") and same_fields
