"""Batches: several messages that become visible together or not at all (decision 0003).

A server with transactions (a replica set, a shard, the embedded server) inserts a batch in one transaction on `messages`.

A standalone server has no transactions. There a batch is stored in these steps:

1. Each row gets the same mark `batch`: a random `id`, and in `end` the number of the last row of the batch.
2. The rows are inserted in the order of their numbers. A marked row is visible only if the row with the number `end` has
   the same mark. So the insert of the last row makes the whole batch visible.
3. If another writer takes one of the numbers, the insert stops there. Numbers are unique, so the batch can never become
   visible. Its rows become placeholder rows.
4. When the batch is complete, the marks are removed: first from all other rows, then from the last row.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pymongo.errors import BulkWriteError, DuplicateKeyError

from ...ids import new_id, next_id
from ..database import TakenKey, Tries, first_refusal, twice
from ..deletion import COMMIT, delete_rows, is_commit, is_marked_cut, is_placeholder, outside, ranges_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...documents import BatchMark, Documents, MessageRow
    from .transactions import Transactions


async def insert_batch(
    documents: Documents, rows: list[MessageRow], transactions: Transactions | None
) -> TakenKey | None:
    """Insert all rows or none.

    Returns None, or the key of the unique index that refused a row. Then no row is visible.
    """
    try:
        if len(rows) == 1:
            await twice(lambda: documents.messages.insert_many(rows))
        elif transactions is not None:
            run = transactions.run
            await twice(lambda: run(lambda session: documents.messages.insert_many(rows, session=session)))
        else:
            await _insert_marked(documents, rows)
    except BulkWriteError as error:
        _, refusal = first_refusal(error)
        if not isinstance(refusal, frozenset):
            raise refusal from error
        return refusal
    return None


async def _insert_marked(documents: Documents, rows: list[MessageRow]) -> None:
    mark: BatchMark = {"id": new_id("batch"), "end": rows[-1]["seq"]}
    thread_id, first, last = rows[0]["thread_id"], rows[0]["seq"], rows[-1]["seq"]
    marked = {"thread_id": thread_id, "seq": {"$gte": first, "$lte": last}, "batch.id": mark["id"]}
    try:
        await documents.messages.insert_many([{**row, "batch": mark} for row in rows])
    except BulkWriteError:
        inserted = await documents.messages.find(marked, {"thread_id": 1, "seq": 1}).to_list()
        await delete_rows(documents, inserted)
        assign_next_ids(rows, {row["_id"] for row in inserted})
        raise
    await unmark(documents, thread_id, mark)


def assign_next_ids(rows: list[MessageRow], used: set[str]) -> None:
    """Give new ids to the rows whose ids are in `used`: placeholder rows have these ids now.

    The new id is derived from the old one, so every process derives the same id.
    """
    for row in rows:
        if row["_id"] in used:
            row["_id"] = next_id(row["_id"])


async def withdraw(documents: Documents, thread_id: str, mark: BatchMark) -> None:
    """Make sure that an unfinished batch never becomes visible, and remove its rows. A complete batch is left as it is.

    The writer of the batch may still run. To go on, it needs the number after its newest row:

    1. Insert a blocking row at this number. If this succeeds, the writer cannot complete the batch any more.
    2. If the number belongs to a row of the same batch, the writer was faster. Begin again with its newest row.
    3. If the number belongs to any other row, the batch cannot be completed either.
    4. Make placeholder rows of the blocking row and of all rows of the batch.
    """
    if mark["id"].startswith(f"{COMMIT}_"):
        await withdraw_commit(documents, thread_id, mark["id"])
        return
    marked = {"thread_id": thread_id, "batch.id": mark["id"]}
    tries = Tries()
    while True:
        tries.begin()
        newest = await documents.messages.find_one(marked, sort=[("seq", -1)])
        if newest is None or newest["seq"] == mark["end"]:
            return
        blocker: MessageRow = {**newest, "_id": new_id("message"), "seq": newest["seq"] + 1}
        blocker["batch"] = {"id": new_id("batch"), "end": 0}
        blocker.pop("client_id", None)
        blocker.pop("item_id", None)
        rows = [blocker]
        try:
            await documents.messages.insert_one(blocker)
        except DuplicateKeyError:
            taken = await documents.messages.find_one({"thread_id": thread_id, "seq": blocker["seq"]}, {"batch": 1})
            if taken is not None and taken.get("batch", {}).get("id") == mark["id"]:
                continue
            rows = []
        rows += await documents.messages.find(marked).to_list()
        break
    await _remove_invisible(documents, rows)


async def withdraw_commit(documents: Documents, thread_id: str, commit_id: str) -> None:
    """Make sure that an unfinished commit is never made, and remove its rows. The rows of a commit that was made stay.

    A commit is one update of the thread. It succeeds only if the newest number has not changed. So the first step here raises
    that number.
    """
    marked = {"thread_id": thread_id, "batch.id": commit_id}
    rows = await documents.messages.find(marked, {"seq": 1}).to_list()
    if not rows:
        return
    uncommitted = {"_id": thread_id, "commits": {"$ne": commit_id}}
    newest = max(row["seq"] for row in rows)
    if (await documents.threads.update_one(uncommitted, {"$max": {"last_seq": newest}})).matched_count:
        fields = {"thread_id": 1, "seq": 1, "created_at": 1, "item_id": 1}
        await _remove_invisible(documents, await documents.messages.find(marked, fields).to_list())


async def _remove_invisible(documents: Documents, rows: list[MessageRow]) -> None:
    for row in rows:
        row.pop("created_at")  # type: ignore[misc]  # was never visible, so the daily facts need not follow
    await delete_rows(documents, rows)


async def release_commit(documents: Documents, thread_id: str, commit_id: str) -> None:
    """Remove the marks of the rows of a commit that was made. Rows that wait for the keys of cut messages get them."""
    # The index of the marks finds them. With the thread as a condition, the embedded server would load all messages of it.
    found = await documents.messages.find({"batch.id": commit_id}, {"thread_id": 1, "batch": 1}).to_list()
    rows = [row for row in found if row["thread_id"] == thread_id]
    for row in rows:
        if "keys" in row["batch"]:
            with suppress(DuplicateKeyError):  # another message has got the key meanwhile
                await documents.messages.update_one(
                    {"_id": row["_id"], "batch.id": commit_id}, {"$set": row["batch"]["keys"], "$unset": {"batch": 1}}
                )
    if rows:
        marked = {"_id": {"$in": [row["_id"] for row in rows]}, "batch.id": commit_id}
        await documents.messages.update_many(marked, {"$unset": {"batch": 1}})


async def unmark(documents: Documents, thread_id: str, mark: BatchMark) -> None:
    """Remove the marks of a complete batch. The last row loses its mark last, because the others are visible through it."""
    if mark["id"].startswith(f"{COMMIT}_"):
        await release_commit(documents, thread_id, mark["id"])
        return
    marked = {"thread_id": thread_id, "batch.id": mark["id"]}
    for seqs in ({"$lt": mark["end"]}, {"$lte": mark["end"]}):
        await documents.messages.update_many({**marked, "seq": seqs}, {"$unset": {"batch": 1}})


async def visible(
    documents: Documents, rows: list[MessageRow], thread: Mapping[str, Any] | None = None
) -> list[MessageRow]:
    """The rows without placeholder rows, without rows in cuts, and without rows of incomplete batches and commits.

    Returns the same list object if no row is left out or has a mark. All rows belong to one thread. With `thread`, its cuts and
    its commits decide, as they were read. Without it, rows with the mark of a cut are left out. The commits of the thread are
    then read if a row belongs to one.
    """
    rows = outside(rows, ranges_of(thread))
    if not any("batch" in row for row in rows):
        return rows
    rows = [row for row in rows if not is_placeholder(row) and (thread is not None or not is_marked_cut(row))]
    if any(map(is_commit, rows)):
        return await _visible_of_commits(documents, rows, thread)
    return await _visible_of_batches(documents, rows)


async def _visible_of_commits(
    documents: Documents, rows: list[MessageRow], thread: Mapping[str, Any] | None
) -> list[MessageRow]:
    """Like `visible`, for rows of which some belong to commits."""
    thread_id = rows[0]["thread_id"]
    decides = thread is not None
    if thread is None:
        thread = await documents.fast_threads.find_one({"_id": thread_id}, {"commits": 1}) or {}
    committed = {*(thread.get("commits") or ())}
    doubtful = [row["_id"] for row in rows if is_commit(row) and row["batch"]["id"] not in committed]
    unmarked = set[str]()
    if doubtful and not decides:  # the marks may have been removed before the thread was read
        found = documents.messages.find({"_id": {"$in": doubtful}, "batch": {"$exists": False}}, {"_id": 1})
        unmarked = {row["_id"] async for row in found}
    hidden = set(doubtful) - unmarked
    return await _visible_of_batches(documents, [row for row in rows if row["_id"] not in hidden])


async def _visible_of_batches(documents: Documents, rows: list[MessageRow]) -> list[MessageRow]:
    marks = {row["batch"]["id"]: row["batch"]["end"] for row in rows if _is_of_batch(row)}
    if not marks:
        return rows
    ends = documents.messages.find(
        {"thread_id": rows[0]["thread_id"], "seq": {"$in": list(marks.values())}, "batch.id": {"$in": list(marks)}},
        {"batch": 1},
    )
    complete = {row["batch"]["id"] async for row in ends}
    doubtful = [row["_id"] for row in rows if _is_of_batch(row) and row["batch"]["id"] not in complete]
    unmarked = set[str]()
    if doubtful:  # the marks may have been removed between the two reads, the mark of the last row last
        found = documents.messages.find({"_id": {"$in": doubtful}, "batch": {"$exists": False}}, {"_id": 1})
        unmarked = {row["_id"] async for row in found}
    return [row for row in rows if not _is_of_batch(row) or row["batch"]["id"] in complete or row["_id"] in unmarked]


def _is_of_batch(row: MessageRow) -> bool:
    return "batch" in row and not is_commit(row) and not is_marked_cut(row)


def incompletely_read(found: list[MessageRow], shown: list[MessageRow], high: int) -> set[str]:
    """The ids of the batches in `shown` whose last rows are missing in `found`, a read of all numbers up to `high`.

    Such a batch was completed after the read of `found` and before the check that made it visible.
    """
    seqs = {row["seq"] for row in found}
    marks = (row["batch"] for row in shown if _is_of_batch(row))
    return {mark["id"] for mark in marks if mark["end"] <= high and mark["end"] not in seqs}


async def settled_batches(documents: Documents, thread_id: str, ends: dict[str, int]) -> set[str]:
    """The ids of the batches that are complete now or can never be. `ends` has the last number of each batch.

    A batch is settled when any row has its last number.
    """
    window = {"thread_id": thread_id, "seq": {"$in": [*ends.values()]}}
    taken = {row["seq"] async for row in documents.messages.find(window, {"seq": 1})}
    return {batch_id for batch_id, end in ends.items() if end in taken}
