"""What a thread knows already of rows that are to be stored: written by a try whose answer got lost, or begun by it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from ...clock import now
from ...errors import Unavailable
from ..deletion import VOID, is_placeholder
from .batches import renew, visible, withdraw

if TYPE_CHECKING:
    from ...documents import BatchMark, Documents, MessageRow

_FIELDS: tuple[Literal["client_id", "_id"], ...] = ("client_id", "_id")
# Whoever is still at it is let finish; younger than this, nobody can have given up waiting for the answer.
UNDER_WAY_SECONDS = 2.0


async def find_known(documents: Documents, rows: list[MessageRow]) -> list[MessageRow] | None:
    """The rows as they were stored before, in this order, if all of them were, and are there to be seen."""
    for field in _FIELDS:
        places = {row[field]: place for place, row in enumerate(rows) if field in row}
        if len(places) < len(rows):
            continue
        where = {"thread_id": rows[0]["thread_id"], field: {"$in": list(places)}}
        found = await documents.messages.find(where).to_list()
        if len(found) == len(places) and len(await visible(documents, found)) == len(found):
            return sorted(found, key=lambda row: places[row[field]])
    return None


async def make_way(documents: Documents, rows: list[MessageRow]) -> bool:
    """Withdraw what an earlier try left of these rows, and give other ids to those whose ids it used up.

    False if nothing was in the way that comes from there. On a server without transactions a batch may have been cut in two.
    """
    thread_id = rows[0]["thread_id"]
    keys = [row["client_id"] for row in rows if "client_id" in row]
    either: list[dict[str, Any]] = [{"_id": {"$in": [row["_id"] for row in rows]}}]
    either += [{"client_id": {"$in": keys}}] if keys else []
    hidden = {"thread_id": thread_id, "batch": {"$exists": True}, "$or": either}
    found = await documents.messages.find(hidden).to_list()
    seen = {row["_id"] for row in await visible(documents, found)}
    unfinished = [row for row in found if row["_id"] not in seen and not is_placeholder(row)]
    if any(row["created_at"] > now() - timedelta(seconds=UNDER_WAY_SECONDS) for row in unfinished):
        raise Unavailable("A batch with the same keys is being written.")
    marks: dict[str, BatchMark] = {row["batch"]["id"]: row["batch"] for row in unfinished}
    for mark in marks.values():
        await withdraw(documents, thread_id, mark)
    if marks:
        found = await documents.messages.find(hidden).to_list()
    void = {row["_id"] for row in found if is_placeholder(row) and row["batch"]["id"] == VOID}
    renew(rows, void)
    return bool(marks or void)
