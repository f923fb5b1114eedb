"""Pages of a thread's messages: ranges of `(thread_id, seq)` that are closed at both ends, so that a page costs a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...documents import NEWEST
from ...errors import UnknownCursor
from .message_scan import MessageScan

if TYPE_CHECKING:
    from ...documents import Documents, MessageRow
    from ...inputs import MessageQuery


async def read_page(
    documents: Documents, thread_id: str, last_seq: int, query: MessageQuery, page_bytes: int
) -> tuple[list[MessageRow], bool, bool]:
    """The rows of a page in the query's order, whether more follow, and whether numbers are missing among them.

    That is so where messages were deleted, or the thread is being deleted right now.

    `after` alone goes on from there, `before` alone gives the entries next to it, both together what is strictly between.
    """
    after = await _position(documents, thread_id, "after", query.after)
    before = await _position(documents, thread_id, "before", query.before)
    ascending = query.order == "asc"
    low, high = (after, before) if ascending else (before, after)
    upward = ascending if after is not None or before is None else not ascending
    filters = _filters(query)
    walk = MessageScan(documents, thread_id, last_seq, filters, page_bytes)
    low, high = low or 0, (high or NEWEST + 1) - 1
    rows, cut = await walk.rows(low, high, query.limit + 1, upward=upward)
    gaps = any(filters) or _has_gaps(rows, low + 1, min(high, last_seq), query.limit + 1, upward=upward)
    has_more = cut or len(rows) > query.limit
    del rows[query.limit :]
    if upward != ascending:
        rows.reverse()
    return rows, has_more, gaps


def _has_gaps(rows: list[MessageRow], bottom: int, top: int, wanted: int, *, upward: bool) -> bool:
    """Whether rows, as they were collected, leave out numbers of the range."""
    if not rows:
        return bottom <= top
    first, last = (rows[0]["seq"], rows[-1]["seq"]) if upward else (rows[-1]["seq"], rows[0]["seq"])
    begins = first == bottom or (not upward and len(rows) == wanted)
    ends = last >= top or (upward and len(rows) == wanted)
    return not (begins and ends and last - first + 1 == len(rows))


async def _position(documents: Documents, thread_id: str, field: str, message_id: str | None) -> int | None:
    """The number of the message that a cursor names, also of one that was deleted."""
    if message_id is None:
        return None
    found: Any = await documents.messages.find_one({"_id": message_id}, {"thread_id": 1, "seq": 1})
    if found is None:
        found = await documents.deleted_messages.find_one({"_id": message_id}, {"thread_id": 1, "seq": 1})
    if found is None or found["thread_id"] != thread_id:
        raise UnknownCursor(field, message_id)
    return int(found["seq"])


def _filters(query: MessageQuery) -> tuple[dict[str, Any], dict[str, Any]]:
    """What an index serves together with the range, and the rest."""
    named = (("run_id", query.run_id), ("sender_id", query.sender_id), ("role", query.role))
    filters = {name: value for name, value in named if value is not None}
    indexed = next((name for name in ("run_id", "sender_id") if name in filters), None)
    return {} if indexed is None else {indexed: filters.pop(indexed)}, filters
