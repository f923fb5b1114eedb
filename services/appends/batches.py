"""Several messages that become visible together, or not at all.

Where the server has transactions (replica sets, shards, the embedded server) one on `messages` alone does it. A standalone
server has none: there each row carries a mark with the number of the batch's last row, and a marked row is visible only if
the row at that number has the same mark. Numbers go up and are unique, so either the batch gets its last number, or
somebody else gets one of its numbers and the batch can never become visible (decision 0003).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo.errors import BulkWriteError, DuplicateKeyError

from ...ids import new_id, next_id
from ..deletion import delete_rows, is_placeholder
from ..driver_errors import duplicate_key_in, refusal

if TYPE_CHECKING:
    from ...documents import BatchMark, Documents, MessageRow
    from .transactions import Transactions


async def insert_batch(
    documents: Documents, rows: list[MessageRow], transactions: Transactions | None
) -> dict[str, Any] | None:
    """Insert all rows or none; returns the key that one of them would have doubled."""
    try:
        if len(rows) == 1:
            await documents.messages.insert_many(rows)
        elif transactions is not None:
            await transactions.run(lambda session: documents.messages.insert_many(rows, session=session))
        else:
            await _insert_marked(documents, rows)
    except BulkWriteError as error:
        faults = error.details["writeErrors"]
        if not faults:
            raise
        key = duplicate_key_in(faults[0])
        if key is None:
            raise refusal(faults[0]) from error
        return key
    return None


async def _insert_marked(documents: Documents, rows: list[MessageRow]) -> None:
    mark: BatchMark = {"id": new_id("batch"), "end": rows[-1]["seq"]}
    thread_id, first, last = rows[0]["thread_id"], rows[0]["seq"], rows[-1]["seq"]
    marked = {"thread_id": thread_id, "seq": {"$gte": first, "$lte": last}, "batch.id": mark["id"]}
    try:
        await documents.messages.insert_many([{**row, "batch": mark} for row in rows])
    except BulkWriteError:
        void = await documents.messages.find(marked, {"thread_id": 1, "seq": 1}).to_list()
        await delete_rows(documents, void)
        renew(rows, {row["_id"] for row in void})
        raise
    await unmark(documents, thread_id, mark)


def renew(rows: list[MessageRow], void: set[str]) -> None:
    """Give the rows with these ids, which came to nothing, the ids that follow: the same ones in every process."""
    for row in rows:
        if row["_id"] in void:
            row["_id"] = next_id(row["_id"])


async def withdraw(documents: Documents, thread_id: str, mark: BatchMark) -> None:
    """Make sure that a batch which was not finished never will be, and remove its rows; nothing if it is complete.

    Its writer may still be at it somewhere, but needs the number after its newest row for that: whoever takes it decides.
    """
    marked = {"thread_id": thread_id, "batch.id": mark["id"]}
    while True:
        newest = await documents.messages.find_one(marked, sort=[("seq", -1)])
        if newest is None or newest["seq"] == mark["end"]:
            return
        blocker: MessageRow = {**newest, "_id": new_id("message"), "seq": newest["seq"] + 1}
        blocker["batch"] = {"id": new_id("batch"), "end": 0}
        blocker.pop("client_id", None)
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
    for row in rows:
        row.pop("created_at")  # type: ignore[misc]  # never visible: nothing that figures of a day have to follow
    await delete_rows(documents, rows)


async def unmark(documents: Documents, thread_id: str, mark: BatchMark) -> None:
    """Make a complete batch ordinary messages; its last row comes last, as the others are visible through it."""
    marked = {"thread_id": thread_id, "batch.id": mark["id"]}
    for seqs in ({"$lt": mark["end"]}, {"$lte": mark["end"]}):
        await documents.messages.update_many({**marked, "seq": seqs}, {"$unset": {"batch": 1}})


async def visible(documents: Documents, rows: list[MessageRow]) -> list[MessageRow]:
    """Leave out empty rows, and those of batches that are not, or never will be, complete; `rows` itself if no row is marked."""
    if not any("batch" in row for row in rows):
        return rows
    rows = [row for row in rows if not is_placeholder(row)]
    marks = {row["batch"]["id"]: row["batch"]["end"] for row in rows if "batch" in row}
    if not marks:
        return rows
    ends = documents.messages.find(
        {"thread_id": rows[0]["thread_id"], "seq": {"$in": list(marks.values())}, "batch.id": {"$in": list(marks)}},
        {"batch": 1},
    )
    complete = {row["batch"]["id"] async for row in ends}
    doubtful = [row["_id"] for row in rows if "batch" in row and row["batch"]["id"] not in complete]
    unmarked = set[str]()
    if doubtful:  # the marks may have been taken off between the two looks, the last row's last
        found = documents.messages.find({"_id": {"$in": doubtful}, "batch": {"$exists": False}}, {"_id": 1})
        unmarked = {row["_id"] async for row in found}
    return [row for row in rows if "batch" not in row or row["batch"]["id"] in complete or row["_id"] in unmarked]


def torn_batches(found: list[MessageRow], shown: list[MessageRow], high: int) -> set[str]:
    """The batches that may have been completed after `found` was read up to `high`, and before it was known what to show.

    Their end is missing in what was found.
    """
    seqs = {row["seq"] for row in found}
    marks = (row["batch"] for row in shown if "batch" in row)
    return {mark["id"] for mark in marks if mark["end"] <= high and mark["end"] not in seqs}


async def decided(documents: Documents, thread_id: str, ends: dict[str, int]) -> set[str]:
    """Which of these batches, given with their last numbers, are complete by now, or can never be: somebody has the number."""
    window = {"thread_id": thread_id, "seq": {"$in": [*ends.values()]}}
    taken = {row["seq"] async for row in documents.messages.find(window, {"seq": 1})}
    return {batch_id for batch_id, end in ends.items() if end in taken}
