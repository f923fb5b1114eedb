"""Cleans up after commits: removes the marks of their rows, marks the rows of cuts, and purges cuts (decision 75).

Each step may be repeated. The process that made a commit begins at once, and the sweeper does the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo.errors import BulkWriteError

from ...clock import now
from ...documents import comment_of
from ..appends import release_commit, visible
from ..database import in_parts, rows_refused_as_taken, skip_gap
from ..deletion import CUT, DELETED, placeholder_update, stored_cuts
from .previews import refresh_preview

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from ...documents import DeletedMessageRow, Documents, MessageRow
    from ..deletion import Cut
    from ..paging import PageSize
    from .commit import Committed

_KEPT_CUTS = 64
"""The cuts of a thread that wait for the sweeper: a retry of a pop is answered from its cut. Older ones are purged at once."""
_FIELDS = {"thread_id": 1, "seq": 1, "created_at": 1, "item_id": 1, "batch": 1}
_STEP = 500
"""The most messages of a cut that one step marks or purges."""


async def finish(documents: Documents, made: Committed, size: PageSize) -> None:
    """Do the work that follows a commit: mark the cut rows, then remove the marks of the new ones.

    If the message of the preview was edited at the moment of the commit, find the preview again.
    """
    thread_id = made.thread["_id"]
    if made.cut is not None:
        await _mark(documents, thread_id, made.cut)
    if made.mark is not None:
        await _release(documents, thread_id, made.mark)
    await purge_oldest(documents, made.thread, keep=_KEPT_CUTS)
    shown = made.thread.get("last_message") or {}
    if made.cut is not None and "id" in shown:
        edited = {"_id": shown["id"], "revision": {"$gt": shown["revision"]}}
        if await documents.messages.find_one(edited, {"_id": 1}):
            await refresh_preview(documents, thread_id, size)


async def clean_up(documents: Documents, thread_id: str, before: datetime) -> None:
    """Finish all commits of a thread, and purge its cuts that were made before this time."""
    thread = await documents.threads.find_one({"_id": thread_id, "deleted_at": None}, {"cuts": 1, "commits": 1})
    if thread is None:
        return
    for cut in stored_cuts(thread):
        if cut["at"] < before:
            await purge_cut(documents, thread_id, cut)
        else:
            await _mark(documents, thread_id, cut)
    for mark in thread.get("commits") or ():
        await _release(documents, thread_id, mark)
    is_clean: dict[str, Any] = {name: {"$in": [None, []]} for name in ("cuts", "commits")}
    await documents.threads.update_one({"_id": thread_id, **is_clean}, {"$unset": {"uncleaned_since": 1}})


async def purge_oldest(documents: Documents, thread: Any, *, keep: int) -> None:
    """Purge the oldest cuts of a thread, so that it has at most `keep`."""
    cuts = stored_cuts(thread)
    for cut in cuts[: max(0, len(cuts) - keep)]:
        await purge_cut(documents, thread["_id"], cut)


async def _release(documents: Documents, thread_id: str, mark: str) -> None:
    await release_commit(documents, thread_id, mark)
    await documents.threads.update_one({"_id": thread_id}, {"$pull": {"commits": mark}})


async def _mark(documents: Documents, thread_id: str, cut: Cut) -> None:
    """Mark the rows of a cut, for readers that do not know the thread. Their keys are free for new messages."""
    marked = {"$set": {"batch": {"id": CUT, "end": 0}}, "$unset": {"client_id": 1, "item_id": 1}}

    async def mark(low: int, high: int, most_bytes: int | None) -> int:
        window = {"thread_id": thread_id, "seq": {"$gt": low, "$lte": high}, "batch": None}
        return (await documents.messages.update_many(window, marked, **comment_of(most_bytes))).modified_count

    await _in_steps(documents, thread_id, cut, mark)


async def _in_steps(
    documents: Documents, thread_id: str, cut: Cut, work: Callable[[int, int, int | None], Awaitable[int]]
) -> None:
    """Do the work on all rows of a cut, in steps of bounded size. Gaps in the numbers, however wide, cost no steps.

    `work` gets a range of numbers `low < seq <= high` and the most bytes it may load. It returns how many rows it found.
    """
    low, last = cut["first"] - 1, cut["last"]
    while low < last:
        high, found = min(low + _STEP, last), 0
        async for count in in_parts(low, high, work):
            found += count
        low = high
        if not found and low < last:
            low, _ = await skip_gap(documents.messages, thread_id, low, last)


async def purge_cut(documents: Documents, thread_id: str, cut: Cut) -> None:
    """Write the tombstones of a cut and make placeholder rows of its messages. Then remove the cut from the thread.

    The placeholder rows keep the numbers, as after the deletion of single messages. The cut is counted again: a message of it may
    have been deleted by itself at the same moment.
    """

    async def purge(low: int, high: int, most_bytes: int | None) -> int:
        window = {"thread_id": thread_id, "seq": {"$gt": low, "$lte": high}}
        found: list[MessageRow] = await documents.messages.find(window, _FIELDS, **comment_of(most_bytes)).to_list()
        thread = await documents.threads.find_one({"_id": thread_id}, {"commits": 1}) if found else None
        rows = [] if thread is None else await visible(documents, found, {"commits": thread.get("commits") or []})
        if rows:
            await _write_tombstones(documents, cut, rows)
            removed = {"_id": {"$in": [row["_id"] for row in rows]}, "thread_id": thread_id}
            await documents.messages.update_many(removed, placeholder_update(DELETED))
        return len(found)

    await _in_steps(documents, thread_id, cut, purge)
    tombstones = {"thread_id": thread_id, "cut_id": cut["id"]}
    count = await documents.deleted_messages.count_documents(tombstones)
    await documents.threads.update_one({"_id": thread_id, "cuts.id": cut["id"]}, _closing(cut, count))


async def _write_tombstones(documents: Documents, cut: Cut, rows: list[MessageRow]) -> None:
    moment = now()
    tombstones: list[DeletedMessageRow] = []
    for row in rows:
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
        tombstones.append(tombstone)
    try:
        await documents.deleted_messages.insert_many(tombstones, ordered=False)
    except BulkWriteError as error:  # an earlier purge wrote them, or the message was deleted by itself
        rows_refused_as_taken(error)


def _closing(cut: Cut, count: int) -> list[dict[str, Any]]:
    """The update that removes the cut, and corrects the counts if it removed `count` messages."""
    others = {"$filter": {"input": "$cuts", "cond": {"$ne": ["$$this.id", cut["id"]]}}}
    removed = {"$add": [{"$ifNull": ["$cut_count", 0]}, count - cut["count"]]}
    return [
        {
            "$set": {
                "cuts": others,
                "cut_count": removed,
                "message_count": {"$subtract": ["$last_seq", {"$add": ["$deleted_count", removed]}]},
            }
        }
    ]
