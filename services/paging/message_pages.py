"""Pages of the messages of a thread.

A page is a range of the index on `(thread_id, seq)` with both bounds. So it costs only the rows of the page, on every server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...documents import NEWEST
from ...errors import UnknownCursor
from .message_scan import MessageScan

if TYPE_CHECKING:
    from ...documents import Documents, MessageRow
    from ...inputs import MessageQuery
    from .page_size import PageSize


async def read_page(
    documents: Documents,
    thread_id: str,
    last_seq: int,
    query: MessageQuery,
    size: PageSize,
    *,
    with_cursors: bool = False,
) -> tuple[list[MessageRow], bool, bool]:
    """The rows of a page in the order of the query, whether more follow, and whether numbers are missing between the rows.

    Numbers are missing if messages were deleted, are filtered, or the thread is being deleted at this moment.

    With `after` alone, the page begins behind that message. With `before` alone, it is the page next to that message. With
    both, it holds messages strictly between them. `with_cursors` adds the messages that the cursors name. Raises
    `UnknownCursor`.
    """
    after = await _position(documents, thread_id, "after", query.after)
    before = await _position(documents, thread_id, "before", query.before)
    ascending = query.order == "asc"
    low, high = (after, before) if ascending else (before, after)
    upward = ascending if after is not None or before is None else not ascending
    filters = _filters(query)
    scan = MessageScan(documents, thread_id, last_seq, filters, size)
    beside = 1 if with_cursors else 0
    low, high = (low or beside) - beside, (high or NEWEST + 1 - beside) - 1 + beside
    rows, cut = await scan.rows(low, high, query.limit + 1, upward=upward)
    gaps = any(filters) or _has_gaps(rows, low + 1, min(high, last_seq), query.limit + 1, upward=upward)
    has_more = cut or len(rows) > query.limit
    del rows[query.limit :]
    if upward != ascending:
        rows.reverse()
    return rows, has_more, gaps


def _has_gaps(rows: list[MessageRow], bottom: int, top: int, wanted: int, *, upward: bool) -> bool:
    """Whether the rows, in the order in which they were read, leave out numbers of the range from `bottom` to `top`."""
    if not rows:
        return bottom <= top
    first, last = (rows[0]["seq"], rows[-1]["seq"]) if upward else (rows[-1]["seq"], rows[0]["seq"])
    begins = first == bottom or (not upward and len(rows) == wanted)
    ends = last >= top or (upward and len(rows) == wanted)
    return not (begins and ends and last - first + 1 == len(rows))


async def _position(documents: Documents, thread_id: str, field: str, message_id: str | None) -> int | None:
    """The number of the message that a cursor names, by its id or by the id that the writer of an item gave it.

    It is also known for a deleted message.
    """
    if message_id is None:
        return None
    collections: tuple[Any, ...] = (documents.messages, documents.deleted_messages)
    for where in ({"_id": message_id}, {"thread_id": thread_id, "item_id": message_id}):
        for collection in collections:
            found = await collection.find_one(where, {"thread_id": 1, "seq": 1})
            if found is not None and found["thread_id"] == thread_id:
                return int(found["seq"])
    raise UnknownCursor(field, message_id)


def _filters(query: MessageQuery) -> tuple[dict[str, Any], dict[str, Any]]:
    """The filter that an index serves together with the range of numbers, and the other filters."""
    named = (("run_id", query.run_id), ("sender_id", query.sender_id), ("role", query.role))
    filters = {name: value for name, value in named if value is not None}
    indexed = next((name for name in ("run_id", "sender_id") if name in filters), None)
    return {} if indexed is None else {indexed: filters.pop(indexed)}, filters
