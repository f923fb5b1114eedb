"""Handles the rows that an earlier try of an append stored: complete ones are found, unfinished batches are withdrawn."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any, Literal

import bson

from ...clock import now
from ...documents import Room, comment_of, elements_of
from ...errors import IdTaken, TooLarge, Unavailable
from ..database import Tries, in_parts
from ..deletion import REAL_MESSAGE, VOID, is_commit, is_marked_cut, is_placeholder, outside, ranges_of
from .batches import assign_next_ids, visible, withdraw

if TYPE_CHECKING:
    from datetime import timedelta

    from ...documents import BatchMark, Documents, MessageRow
    from ..deletion import Ranges
    from ..tuning import Tuning

_MOST_ELEMENTS = 200_000
"""The most keys and values of the messages of a batch when a retry is answered with them. They may have grown since."""
_FIELDS: tuple[Literal["client_id", "_id"], ...] = ("client_id", "_id")


async def find_known(documents: Documents, rows: list[MessageRow], tuning: Tuning) -> list[MessageRow | None]:
    """For each row the message that an earlier try stored, or None: the one with the same `client_id`, or the same `_id`."""
    known: dict[tuple[str, str], MessageRow] = {}
    cut = await _cut_ranges(documents, rows[0]["thread_id"])
    for field in _FIELDS:
        keys = [row[field] for row in rows if field in row]
        found = await _rows_of(documents, rows[0]["thread_id"], field, keys, tuning.replayed_bytes) if keys else []
        known |= {(field, row[field]): row for row in outside(await visible(documents, found), cut)}
    return [
        next((known[field, row[field]] for field in _FIELDS if field in row and (field, row[field]) in known), None)
        for row in rows
    ]


async def _cut_ranges(documents: Documents, thread_id: str) -> Ranges:
    return ranges_of(await documents.fast_threads.find_one({"_id": thread_id}, {"cuts": 1}))


async def release_cut_keys(documents: Documents, rows: list[MessageRow]) -> bool:
    """Free the `client_id` and `item_id` of these rows if cut messages have them. Returns whether a cut message had one."""
    thread_id = rows[0]["thread_id"]
    released = False
    for first, last in await _cut_ranges(documents, thread_id):
        for field in ("client_id", "item_id"):
            keys = [row[field] for row in rows if field in row]
            where = {"thread_id": thread_id, field: {"$in": keys}, "seq": {"$gte": first, "$lte": last}}
            released |= bool(
                keys and (await documents.messages.update_many(where, {"$unset": {field: 1}})).modified_count
            )
    return released


async def are_free(documents: Documents, rows: list[MessageRow]) -> bool:
    """Whether no stored row has a key of these rows any more. The work after a commit may have freed a taken key."""
    keys = {field: [row[field] for row in rows if field in row] for field in ("_id", "client_id", "item_id")}
    in_thread = {"thread_id": rows[0]["thread_id"]}
    for field, values in keys.items():
        where: Any = {field: {"$in": values}, **({} if field == "_id" else in_thread)}
        if values and await documents.messages.find_one(where, {"_id": 1}) is not None:
            return False
    return True


async def find_stored(documents: Documents, rows: list[MessageRow], tuning: Tuning) -> list[MessageRow] | None:
    """The rows as earlier tries stored them, in the order of `rows`. None unless all of them are stored and visible."""
    stored = [row for row in await find_known(documents, rows, tuning) if row is not None]
    return stored if len(stored) == len(rows) else None


def stored_beginning(known: list[MessageRow | None]) -> list[MessageRow]:
    """The first rows, if they are known and no row behind them is known. Empty if the first row is unknown, or others are known."""
    beginning = [*takewhile(lambda row: row is not None, known)]
    return [row for row in known if row is not None] if beginning and not any(known[len(beginning) :]) else []


async def only_void(documents: Documents, thread_id: str, after: int, newest: int) -> bool:
    """Whether no number behind `after` and up to `newest` belonged to a message that was ever visible."""
    if newest == after:
        return True
    between: dict[str, Any] = {"thread_id": thread_id, "seq": {"$gt": after, "$lte": newest}}
    if await documents.messages.find_one({**between, **REAL_MESSAGE}, {"_id": 1}) is not None:
        return False
    never_visible = {**between, "created_at": {"$exists": False}}
    return await documents.deleted_messages.count_documents(never_visible) == newest - after


async def _rows_of(documents: Documents, thread_id: str, field: str, values: list[str], limit: int) -> list[MessageRow]:
    """The rows with these values of a field. Raises `TooLarge` if they have grown so much that no answer can hold them."""

    async def read(low: int, high: int, most_bytes: int | None) -> list[MessageRow]:
        where = {"thread_id": thread_id, field: {"$in": values[low:high]}}
        return await documents.messages.find(where, **comment_of(most_bytes)).to_list()

    found: list[MessageRow] = []
    size, room = 0, Room(_MOST_ELEMENTS)
    async for part in in_parts(0, len(values), read):
        found += part
        if len(found) > 1:
            size += sum(len(bson.encode(row)) for row in part)
            room.elements -= sum(map(elements_of, part))
        if size > limit or not room.is_left:
            raise TooLarge("response", limit) if room.is_left else TooLarge("response", _MOST_ELEMENTS, "elements")
    return found


async def find_answered(
    documents: Documents, thread_id: str, ids: list[str], client_ids: list[str | None], tuning: Tuning
) -> list[MessageRow]:
    """The messages that an answered append stored, in its order. `ids` are the ids that the request derived for them.

    Raises `IdTaken` if one of them was deleted since.
    """
    keys: list[Any] = [{"thread_id": thread_id, "_id": message_id} for message_id in ids]
    for key, client_id in zip(keys, client_ids, strict=True):
        if client_id is not None:
            key["client_id"] = client_id
    tries = Tries()
    while (stored := await find_stored(documents, keys, tuning)) is None:
        tries.begin()
        # Rows that were withdrawn and written again have the next ids (`batches.py`). The tombstones of the others remain.
        withdrawn: Any = {"_id": {"$in": [key["_id"] for key in keys]}, "created_at": {"$exists": False}}
        used = {row["_id"] async for row in documents.deleted_messages.find(withdrawn, {"_id": 1})}
        if not used:
            present = documents.messages.find({"_id": {"$in": ids}, **REAL_MESSAGE}, {"_id": 1})
            known = {row["_id"] async for row in present}
            raise IdTaken(next((one for one in ids if one not in known), ids[0]), deleted=True)
        assign_next_ids(keys, used)
    return stored


async def drop_taken_item_ids(documents: Documents, rows: list[MessageRow]) -> bool:
    """Remove `item_id` from each row if an item of the thread has this id already. Returns whether an id was removed."""
    ids = [row["item_id"] for row in rows if "item_id" in row]
    if not ids:
        return False
    where = {"thread_id": rows[0]["thread_id"], "item_id": {"$in": ids}}
    taken = {row["item_id"] async for row in documents.messages.find(where, {"item_id": 1})}
    for row in rows:
        if row.get("item_id") in taken:
            del row["item_id"]
    return bool(taken)


async def withdraw_unfinished(documents: Documents, rows: list[MessageRow], may_run: timedelta) -> bool:
    """Withdraw the unfinished batches that hold the keys of these rows. Returns whether the rows may be inserted again.

    A server without transactions can have such batches: a process was killed between the first and the last row. Rows
    whose ids belong to placeholder rows get new ids. Returns False if there was neither an unfinished batch nor such a
    row. Raises `Unavailable` if an unfinished row is younger than `may_run`: its writer may still be running.
    """
    thread_id = rows[0]["thread_id"]
    keys = [row["client_id"] for row in rows if "client_id" in row]
    found = await _rows_of_batches(documents, thread_id, [row["_id"] for row in rows], keys)
    seen = {row["_id"] for row in await visible(documents, found)}
    unfinished = [row for row in found if row["_id"] not in seen and not is_placeholder(row) and not is_marked_cut(row)]
    if any(row["created_at"] > now() - may_run for row in unfinished if not is_commit(row)):
        raise Unavailable("A batch with the same keys is being written.")
    marks: dict[str, BatchMark] = {row["batch"]["id"]: row["batch"] for row in unfinished}
    for mark in marks.values():
        await withdraw(documents, thread_id, mark)
    if marks:
        found = await _rows_of_batches(documents, thread_id, [row["_id"] for row in rows], keys)
    void = {row["_id"] for row in found if is_placeholder(row) and row["batch"]["id"] == VOID}
    assign_next_ids(rows, void)
    return bool(marks or void)


async def _rows_of_batches(
    documents: Documents, thread_id: str, ids: list[str], client_ids: list[str]
) -> list[MessageRow]:
    """The rows of batches with one of these ids or client ids: two queries, because each has an index."""
    found: dict[str, MessageRow] = {}
    for field, values in (("_id", ids), ("client_id", client_ids)):
        if values:
            where = {"thread_id": thread_id, field: {"$in": values}, "batch": {"$exists": True}}
            found |= {row["_id"]: row async for row in documents.messages.find(where)}
    return [*found.values()]
