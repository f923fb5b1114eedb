"""Finds threads: pages of the threads that match a query, and the threads of a participant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...documents import Thread
from ...errors import UnknownCursor
from ...settings import Limits
from ..metadata_index import fingerprint
from .cursors import position_of
from .timeline import Timeline

if TYPE_CHECKING:
    from ...documents import Documents, ThreadRow
    from ...inputs import ThreadIdsQuery, ThreadQuery
    from ..caller import Caller
    from .cursors import Position
    from .time_windows import TimeWindows

_NO_LOG = {"meta_data.kind": {"$ne": "log"}}
"""Filter for conversations. A log thread holds the state of a framework, which is nothing for the lists of people."""


async def thread_page(
    documents: Documents, time_windows: TimeWindows, caller: Caller, query: ThreadQuery, page_elements: int
) -> tuple[list[ThreadRow], bool, str | None]:
    """The rows of a page in the order of the query, whether more follow, and the cursor of the next page.

    The key of a user only finds threads in which the user participates. Raises `UnknownCursor`.
    """
    timeline = _timeline(documents, time_windows, query, caller, page_elements)
    after = await _position(documents, caller, timeline.field, "after", query.after)
    before = await _position(documents, caller, timeline.field, "before", query.before)
    return await timeline.page(query, after, before)


async def thread_ids(
    documents: Documents, time_windows: TimeWindows, user_id: str, query: ThreadIdsQuery, most: int
) -> tuple[list[str], str | None]:
    """At most so many ids of threads of a participant, the most recently active first, and the cursor of the next part."""
    rows, cursor = await threads_of(documents, time_windows, user_id, query, most, projection={"last_active_at": 1})
    return [row["_id"] for row in rows], cursor


async def threads_of(
    documents: Documents,
    time_windows: TimeWindows,
    user_id: str,
    query: ThreadIdsQuery,
    most: int,
    *,
    page_elements: int = Limits().max_page_elements,
    projection: dict[str, Any] | None = None,
) -> tuple[list[ThreadRow], str | None]:
    """Threads of a participant, the most recently active first, and the cursor of the next part.

    There are at most `most` threads, and at most as many as fit into a page.
    """
    timeline = Timeline(
        documents.threads,
        Thread.Settings.indexes,
        "last_active_at",
        {"participant_ids": user_id},
        {"participant_ids": {"$eq": user_id}, "deleted_at": None, **_NO_LOG},
        time_windows,
        projection=projection,
        page_elements=page_elements,
    )
    after = None if query.after is None else position_of("after", query.after)
    if query.after is not None and after is None:
        raise UnknownCursor("after", query.after)
    rows, _, cursor = await timeline.page_of(min(query.limit or most, most), "desc", after)
    return rows, cursor


def _timeline(
    documents: Documents, time_windows: TimeWindows, query: ThreadQuery, caller: Caller, page_elements: int
) -> Timeline:
    ranges = {
        "last_active_at": (query.active_after, query.active_before),
        "created_at": (query.created_after, query.created_before),
    }
    field = "last_active_at" if query.sort == "active" else "created_at"
    since, until = ranges.pop(field)
    filters = _filters(query, caller)
    for other, (low, high) in ranges.items():
        range_ = ({} if low is None else {"$gte": low}) | ({} if high is None else {"$lt": high})
        filters |= {other: range_} if range_ else {}
    return Timeline(
        documents.threads,
        Thread.Settings.indexes,
        field,
        _indexed(query, caller, field),
        filters,
        time_windows,
        since=since,
        until=until,
        page_elements=page_elements,
    )


def _indexed(query: ThreadQuery, caller: Caller, field: str) -> dict[str, Any]:
    """The one equality that an index serves. It gets its own stage: else the embedded server does not use the index."""
    participant = caller.user_id if caller.user_id is not None else query.participant
    if query.external_id is not None:
        return {"external_id": query.external_id}
    if participant is not None:
        return {"participant_ids": participant, **_shown(query, field)}
    if query.owner is not None:
        return {"owner_id": query.owner}
    if query.labels and len(query.labels) == 1 and field == "last_active_at":
        return {"labels": query.labels[0]}
    return {"meta_data_index": fingerprint(*next(iter(query.meta_data.items())))} if query.meta_data else {}


def _shown(query: ThreadQuery, field: str) -> dict[str, Any]:
    """The condition that an index serves together with a participant. Lists by creation have none."""
    if field != "last_active_at":
        return {}
    if query.pinned:
        return {"pinned": True}
    return {} if query.archived is None else {"archived": query.archived or None}


def _filters(query: ThreadQuery, caller: Caller) -> dict[str, Any]:
    filters: dict[str, Any] = {"deleted_at": None}
    participants = {name for name in (query.participant, caller.user_id) if name is not None}
    if participants:
        filters["participant_ids"] = {"$all": sorted(participants)}
        if query.external_id is None and "kind" not in (query.meta_data or {}):
            filters |= _NO_LOG
    if query.owner is not None:
        filters["owner_id"] = {"$eq": query.owner}
    if query.external_id is not None:
        filters["external_id"] = {"$eq": query.external_id}
    for name, value in (("archived", query.archived), ("pinned", query.pinned)):
        if value is not None:
            filters[name] = value or None
    if query.labels:
        filters["labels"] = {"$in": query.labels}
    if query.meta_data:
        filters["meta_data_index"] = {"$all": [fingerprint(key, value) for key, value in query.meta_data.items()]}
    return filters


async def _position(documents: Documents, caller: Caller, field: str, name: str, cursor: str | None) -> Position | None:
    if cursor is None:
        return None
    position = position_of(name, cursor)
    if position is not None:
        return position
    row: Any = await documents.threads.find_one({"_id": cursor, "deleted_at": None}, {field: 1, "participant_ids": 1})
    if row is None or (caller.user_id is not None and caller.user_id not in row["participant_ids"]):
        raise UnknownCursor(name, cursor)
    return row[field], cursor
