"""Purges cuts: writes tombstones, and makes placeholder rows of the messages. Neighbouring cuts are purged together."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from pymongo.errors import BulkWriteError

from ...clock import now
from ...documents import comment_of
from ..appends import visible
from ..database import in_parts, rows_refused_as_taken, skip_gap
from ..deletion import DELETED, is_commit, is_hidden, own_range, placeholder_update, stored_cuts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from ...documents import DeletedMessageRow, Documents, MessageRow
    from ..deletion import Cut

_FIELDS = {"thread_id": 1, "seq": 1, "created_at": 1, "item_id": 1, "batch": 1}
_STEP = 100
"""The most numbers that one step marks or purges. Other requests to the embedded server wait for a step."""
_NEAR = 32
"""Cuts that are not farther apart are purged together: the rows between them are read too."""


async def purge_oldest(documents: Documents, thread: Any, *, keep: int) -> None:
    """Purge the oldest cuts of a thread, so that it has at most `keep`."""
    cuts = stored_cuts(thread)
    await purge_cuts(documents, thread["_id"], cuts[: max(0, len(cuts) - keep)])


async def purge_cuts(documents: Documents, thread_id: str, cuts: Sequence[Cut]) -> None:
    """Write the tombstones of cuts and make placeholder rows of their messages. Then remove the cuts from the thread.

    The cuts are the oldest of the thread, the oldest first: a message belongs to the first cut that holds its number. It may be
    interrupted anywhere: a repeated call completes it.
    """
    for group in neighbours(cuts, _NEAR):
        await _purge_group(documents, thread_id, group)


def neighbours(cuts: Sequence[Cut], most: int) -> list[list[Cut]]:
    """The cuts in groups. Their order stays. The numbers of a group have gaps of fewer than `most` numbers between the cuts."""
    groups: list[list[Cut]] = []
    end = 0
    for cut in sorted(cuts, key=own_range):
        first, last = own_range(cut)
        if groups and first - end <= most:
            groups[-1].append(cut)
            end = max(end, last)
        else:
            groups.append([cut])
            end = last
    return [sorted(group, key=cuts.index) for group in groups]


def span_of(cuts: Sequence[Cut]) -> tuple[int, int]:
    """The first and the last number of messages in these cuts."""
    ends = [*chain.from_iterable(map(own_range, cuts))]
    return min(ends), max(ends)


async def _purge_group(documents: Documents, thread_id: str, cuts: list[Cut]) -> None:
    """Purge cuts together: their placeholder rows keep the numbers, as after the deletion of single messages.

    The messages of each cut are counted again: one may have been deleted by itself at the same moment.
    """
    ranges = tuple(map(own_range, cuts))

    async def purge(low: int, high: int, most_bytes: int | None) -> int:
        window = {"thread_id": thread_id, "seq": {"$gt": low, "$lte": high}}
        found: list[MessageRow] = await documents.messages.find(window, _FIELDS, **comment_of(most_bytes)).to_list()
        rows = await _existing(documents, thread_id, [row for row in found if is_hidden(row["seq"], ranges)])
        if rows:
            await _write_tombstones(documents, cuts, rows)
            removed = {"_id": {"$in": [row["_id"] for row in rows]}, "thread_id": thread_id}
            await documents.messages.update_many(removed, placeholder_update(DELETED))
        return len(found)

    await in_steps(documents, thread_id, span_of(cuts), purge)
    await _close(documents, thread_id, cuts)


async def in_steps(
    documents: Documents,
    thread_id: str,
    span: tuple[int, int],
    work: Callable[[int, int, int | None], Awaitable[int]],
) -> None:
    """Do the work on all rows with these numbers, in steps of bounded size. Gaps, however wide, cost no steps.

    `work` gets a range of numbers `low < seq <= high` and the most bytes it may load. It returns how many rows it found.
    """
    low, last = span[0] - 1, span[1]
    while low < last:
        high, found = min(low + _STEP, last), 0
        async for count in in_parts(low, high, work):
            found += count
        low = high
        if not found and low < last:
            low, _ = await skip_gap(documents.messages, thread_id, low, last)


async def _existing(documents: Documents, thread_id: str, rows: list[MessageRow]) -> list[MessageRow]:
    """The rows of messages that existed before the cuts: those of commits that were not made are left alone."""
    commits: list[str] = []
    if any(map(is_commit, rows)):
        thread = await documents.threads.find_one({"_id": thread_id}, {"commits": 1})
        if thread is None:
            return []
        commits = thread.get("commits") or []
    return await visible(documents, rows, {"commits": commits}) if rows else []


async def _write_tombstones(documents: Documents, cuts: list[Cut], rows: list[MessageRow]) -> None:
    moment = now()
    tombstones = [_tombstone(row, _cut_of(row, cuts), moment) for row in rows]
    try:
        await documents.deleted_messages.insert_many(tombstones, ordered=False)
    except BulkWriteError as error:  # an earlier purge wrote them, or the message was deleted by itself
        rows_refused_as_taken(error)


def _cut_of(row: MessageRow, cuts: list[Cut]) -> Cut:
    """The cut that removed the row: the oldest one that holds its number."""
    return next(cut for cut in cuts if is_hidden(row["seq"], (own_range(cut),)))


def _tombstone(row: MessageRow, cut: Cut, moment: datetime) -> DeletedMessageRow:
    tombstone: DeletedMessageRow = {
        "_id": row["_id"],
        "thread_id": row["thread_id"],
        "seq": row["seq"],
        "number": -row["seq"],
        "deleted_at": moment,
        "created_at": row["created_at"],
        "cut_id": cut["id"],
    }
    if "item_id" in row:
        tombstone["item_id"] = row["item_id"]
    return tombstone


async def _close(documents: Documents, thread_id: str, cuts: list[Cut]) -> None:
    """Remove the cuts from the thread, and correct its counts if one of them removed another number of messages."""
    ids = [cut["id"] for cut in cuts]
    stages: list[dict[str, Any]] = [
        {"$match": {"thread_id": thread_id, "cut_id": {"$in": ids}}},
        {"$group": {"_id": "$cut_id", "count": {"$sum": 1}}},
    ]
    found: Any = await documents.deleted_messages.aggregate(stages)
    removed: dict[str, int] = {row["_id"]: row["count"] async for row in found}
    errors = {cut["id"]: error for cut in cuts if (error := removed.get(cut["id"], 0) - cut["count"])}
    await documents.threads.update_one({"_id": thread_id, "cuts.id": {"$in": ids}}, _closing(ids, errors))


def _closing(ids: list[str], errors: dict[str, int]) -> list[dict[str, Any]]:
    """The update that removes the cuts. `errors` has what must be added to the counts of cuts, unless others removed them."""
    is_other = {"$ne": [{"$in": ["$$this.id", {"$literal": ids}]}, True]}
    others = {"$filter": {"input": "$cuts", "cond": is_other}}
    stored = {"$map": {"input": "$cuts", "in": "$$this.id"}}  # the embedded server does not read `$cuts.id` of an array
    corrections = [{"$cond": [{"$in": [{"$literal": cut}, stored]}, error, 0]} for cut, error in errors.items()]
    removed = {"$add": [{"$ifNull": ["$cut_count", 0]}, *corrections]}
    return [
        {
            "$set": {
                "cuts": others,
                "cut_count": removed,
                "message_count": {"$subtract": ["$last_seq", {"$add": ["$deleted_count", removed]}]},
            }
        }
    ]
