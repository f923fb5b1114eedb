"""Finds threads: filters that are data, pages that are key ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from ..errors import UnknownCursor
from .metadata import fingerprint
from .places import beyond, bounds, cursor_of, limits, place_of

if TYPE_CHECKING:
    from ..documents import Documents, ThreadRow
    from ..inputs import ThreadQuery
    from .caller import Caller
    from .places import Place

_SORT_FIELD: dict[str, Literal["last_active_at", "created_at"]] = {"active": "last_active_at", "created": "created_at"}
_IDS_AT_ONCE = 10_000


async def find_page(
    documents: Documents, caller: Caller, query: ThreadQuery
) -> tuple[list[ThreadRow], bool, str | None]:
    """The rows of a page in the query's order, whether more follow, and the cursor that goes on from there."""
    field = _SORT_FIELD[query.sort]
    after = await _place(documents, caller, field, "after", query.after)
    before = await _place(documents, caller, field, "before", query.before)
    ascending = query.order == "asc"
    upward = ascending if after is not None or before is None else not ascending
    low, high = (after, before) if ascending else (before, after)
    found = await documents.threads.aggregate(
        [
            {"$match": {**_indexed(query, caller), **bounds(field, low, high)}},
            {"$match": _filters(query, caller)},
            *({"$match": beyond(field, *limit)} for limit in limits(low, high)),
            {"$sort": dict.fromkeys((field, "_id"), 1 if upward else -1)},
            {"$limit": query.limit + 1},
        ]
    )
    rows: Any = await found.to_list()
    has_more = len(rows) > query.limit
    del rows[query.limit :]
    cursor = cursor_of((rows[-1][field], rows[-1]["_id"])) if has_more else None
    if upward != ascending:
        rows.reverse()
    return rows, has_more, cursor


async def thread_ids(documents: Documents, user_id: str, limit: int | None) -> list[str]:
    """The ids of a participant's threads, most recently active first."""
    cursor = documents.threads.find(
        {"participant_ids": {"$eq": user_id}, "deleted_at": None},
        {"_id": 1},
        sort=[("last_active_at", -1), ("_id", -1)],
        limit=limit or 0,
        batch_size=_IDS_AT_ONCE,
    )
    return [row["_id"] async for row in cursor]


async def threads_of(documents: Documents, user_id: str) -> list[ThreadRow]:
    """A participant's threads, most recently active first."""
    return await documents.threads.find(
        {"participant_ids": {"$eq": user_id}, "deleted_at": None}, sort=[("last_active_at", -1), ("_id", -1)]
    ).to_list()


def _indexed(query: ThreadQuery, caller: Caller) -> dict[str, Any]:
    """One equality that an index serves, in a stage of its own: the embedded server uses an index for nothing more."""
    participant = caller.user_id if caller.user_id is not None else query.participant
    if participant is not None:
        return {"participant_ids": participant}
    if query.owner is not None:
        return {"owner_id": query.owner}
    return {"meta_data_index": fingerprint(*next(iter(query.meta_data.items())))} if query.meta_data else {}


def _filters(query: ThreadQuery, caller: Caller) -> dict[str, Any]:
    filters: dict[str, Any] = {"deleted_at": None}
    participants = {name for name in (query.participant, caller.user_id) if name is not None}
    if participants:
        filters["participant_ids"] = {"$all": sorted(participants)}
    if query.owner is not None:
        filters["owner_id"] = {"$eq": query.owner}
    if query.meta_data:
        filters["meta_data_index"] = {"$all": [fingerprint(key, value) for key, value in query.meta_data.items()]}
    for field, since, until in (
        ("created_at", query.created_after, query.created_before),
        ("last_active_at", query.active_after, query.active_before),
    ):
        range_ = {"$gte": since} if since is not None else {}
        range_ |= {"$lt": until} if until is not None else {}
        if range_:
            filters[field] = range_
    return filters


async def _place(documents: Documents, caller: Caller, field: str, name: str, cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    place = place_of(name, cursor)
    if place is not None:
        return place
    row: Any = await documents.threads.find_one({"_id": cursor, "deleted_at": None}, {field: 1, "participant_ids": 1})
    if row is None or (caller.user_id is not None and caller.user_id not in row["participant_ids"]):
        raise UnknownCursor(name, cursor)
    return row[field], cursor
