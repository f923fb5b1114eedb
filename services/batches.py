"""Several messages that become visible together, or not at all.

Where the server has transactions (replica sets, shards, the embedded server) one on `messages` alone does it. A standalone
server has none: there each row carries a mark with the number of the batch's last row, and a marked row is visible only if
the row at that number has the same mark. Numbers go up and are unique, so either the batch gets its last number, or
somebody else gets one of its numbers and the batch can never become visible (decision 0003).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo.errors import BulkWriteError

from ..identity import new_id
from .deletion import delete_rows
from .kept_numbers import is_empty

if TYPE_CHECKING:
    from ..documents import BatchMark, Documents, MessageRow

_DUPLICATE_KEY = 11000


async def insert_batch(documents: Documents, rows: list[MessageRow], *, transactions: bool) -> dict[str, Any] | None:
    """Insert all rows or none; returns the key that one of them would have doubled."""
    try:
        if len(rows) == 1:
            await documents.messages.insert_many(rows)
        elif transactions:
            await _insert_in_transaction(documents, rows)
        else:
            await _insert_marked(documents, rows)
    except BulkWriteError as error:
        first = error.details["writeErrors"][0]
        if first["code"] != _DUPLICATE_KEY:
            raise
        key: dict[str, Any] = first.get("keyPattern", {})
        return key
    return None


async def _insert_in_transaction(documents: Documents, rows: list[MessageRow]) -> None:
    async with documents.database.client.start_session() as session:
        await session.with_transaction(lambda session: documents.messages.insert_many(rows, session=session))


async def _insert_marked(documents: Documents, rows: list[MessageRow]) -> None:
    mark: BatchMark = {"id": new_id("batch"), "end": rows[-1]["seq"]}
    thread_id, first, last = rows[0]["thread_id"], rows[0]["seq"], rows[-1]["seq"]
    marked = {"thread_id": thread_id, "seq": {"$gte": first, "$lte": last}, "batch.id": mark["id"]}
    try:
        await documents.messages.insert_many([{**row, "batch": mark} for row in rows])
    except BulkWriteError:
        await delete_rows(documents, [row async for row in documents.messages.find(marked, {"thread_id": 1, "seq": 1})])
        raise
    await unmark(documents, thread_id, mark)


async def unmark(documents: Documents, thread_id: str, mark: BatchMark) -> None:
    """Make a complete batch ordinary messages; its last row comes last, as the others are visible through it."""
    marked = {"thread_id": thread_id, "batch.id": mark["id"]}
    for seqs in ({"$lt": mark["end"]}, {"$lte": mark["end"]}):
        await documents.messages.update_many({**marked, "seq": seqs}, {"$unset": {"batch": 1}})


async def visible(documents: Documents, rows: list[MessageRow]) -> list[MessageRow]:
    """Leave out empty rows, and those of batches that are not, or never will be, complete."""
    if not any("batch" in row for row in rows):
        return rows
    rows = [row for row in rows if not is_empty(row)]
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
