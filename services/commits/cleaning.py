"""Cleans up after commits: removes the marks of their rows, marks the rows of cuts, and purges cuts (decision 75).

Each step may be repeated. The process that made a commit begins at once, and the sweeper does the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...documents import comment_of
from ..appends import release_commit
from ..deletion import CUT, stored_cuts
from .previews import refresh_preview
from .purging import in_steps, neighbours, purge_cuts, purge_oldest, span_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ...documents import Documents, ThreadRow
    from ..deletion import Cut
    from ..paging import PageSize
    from ..tuning import Tuning
    from .commit import Committed


async def finish(documents: Documents, tuning: Tuning, made: Committed, size: PageSize) -> None:
    """Do the work that follows a commit: mark the cut rows, then remove the marks of the new ones."""
    thread_id = made.thread["_id"]
    if made.cut is not None:
        await _mark(documents, thread_id, [made.cut])
    if made.mark is not None:
        await _release(documents, thread_id, made.mark)
    if made.cut is not None:
        if brings_purge(made, tuning):
            await purge_oldest(documents, made.thread, keep=tuning.kept_cuts)
        await _renew_preview(documents, made.thread, size)


async def finish_pops(documents: Documents, tuning: Tuning, pops: Sequence[Committed], size: PageSize) -> None:
    """Do the work that follows pops of one thread, all together. The last one is the newest."""
    newest = pops[-1].thread
    if any(brings_purge(made, tuning) for made in pops):
        await purge_oldest(documents, newest, keep=tuning.kept_cuts)
    await _mark(documents, newest["_id"], [made.cut for made in pops if made.cut is not None])
    await _renew_preview(documents, newest, size)


def brings_purge(made: Committed, tuning: Tuning) -> bool:
    """Whether the oldest cuts are purged after this commit.

    Only one commit brings a thread to this number of cuts, so two purges of the same cuts rarely meet.
    """
    return len(stored_cuts(made.thread)) == tuning.kept_cuts + tuning.cuts_purged_together


async def _renew_preview(documents: Documents, thread: ThreadRow, size: PageSize) -> None:
    """Find the preview again if its message was edited at the moment of the commit."""
    shown = thread.get("last_message") or {}
    if "id" in shown:
        edited = {"_id": shown["id"], "revision": {"$gt": shown["revision"]}}
        if await documents.messages.find_one(edited, {"_id": 1}):
            await refresh_preview(documents, thread["_id"], size)


async def clean_up(documents: Documents, thread_id: str, before: datetime) -> None:
    """Finish all commits of a thread, and purge its cuts that were made before this time."""
    thread = await documents.threads.find_one({"_id": thread_id, "deleted_at": None}, {"cuts": 1, "commits": 1})
    if thread is None:
        return
    cuts = stored_cuts(thread)
    await purge_cuts(documents, thread_id, [cut for cut in cuts if cut["at"] < before])
    await _mark(documents, thread_id, [cut for cut in cuts if cut["at"] >= before])
    for mark in thread.get("commits") or ():
        await _release(documents, thread_id, mark)
    is_clean: dict[str, Any] = {name: {"$in": [None, []]} for name in ("cuts", "commits")}
    await documents.threads.update_one({"_id": thread_id, **is_clean}, {"$unset": {"uncleaned_since": 1}})


async def _release(documents: Documents, thread_id: str, mark: str) -> None:
    await release_commit(documents, thread_id, mark)
    await documents.threads.update_one({"_id": thread_id}, {"$pull": {"commits": mark}})


async def _mark(documents: Documents, thread_id: str, cuts: Sequence[Cut]) -> None:
    """Mark the rows of cuts, for readers that do not know the thread. Their keys are free for new messages."""
    marked = {"$set": {"batch": {"id": CUT, "end": 0}}, "$unset": {"client_id": 1, "item_id": 1}}

    async def mark(low: int, high: int, most_bytes: int | None) -> int:
        # Found by the index alone: with another condition, the embedded server loads all messages of the thread.
        window = {"thread_id": thread_id, "seq": {"$gt": low, "$lte": high}}
        rows = await documents.messages.find(window, {"batch": 1}, **comment_of(most_bytes)).to_list()
        ids = [row["_id"] for row in rows if "batch" not in row]
        if ids:
            await documents.messages.update_many({"_id": {"$in": ids}, "batch": None}, marked)
        return len(rows)

    for group in neighbours(cuts, 1):
        await in_steps(documents, thread_id, span_of(group), mark)
