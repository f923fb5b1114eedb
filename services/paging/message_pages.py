"""Pages of the messages of a thread.

A page is a range of the index on `(thread_id, seq)` with both bounds. So it costs only the rows of the page, on every server.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ...documents import NEWEST
from ...errors import UnknownCursor
from ...records import MESSAGE_PROJECTION
from ..appends import visible
from ..deletion import outside, ranges_of
from .message_cursors import number_of
from .message_scan import MessageScan

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from ...documents import Documents, MessageRow, ThreadRow
    from ...inputs import MessageQuery
    from .page_size import PageSize


A = TypeVar("A")
B = TypeVar("B")


class MessagePage(NamedTuple):
    """The rows of a page, and whether more rows follow."""

    rows: list[MessageRow]
    has_more: bool


async def read_page(
    documents: Documents,
    thread_id: str,
    read_thread: Callable[[], Awaitable[ThreadRow]],
    query: MessageQuery,
    size: PageSize,
    *,
    with_cursors: bool = False,
    projection: Mapping[str, int] = MESSAGE_PROJECTION,
) -> MessagePage:
    """The page of the query, in its order. `read_thread` reads the thread, and raises an error if the caller may not.

    With `after` alone, the page begins behind that message. With `before` alone, it is the page next to that message. With
    both, it holds messages strictly between them. `with_cursors` adds the messages that the cursors name. Raises
    `UnknownCursor`.

    The thread is read at the same time as the cursors or, where these need no look, as the messages. It is read again if
    messages may have been cut or committed in between; then the page is read again too. So a page shows a commit or a cut
    completely or not at all.
    """
    if query.client_id is not None:
        thread, page = await _both(read_thread(), _page_of_client_id(documents, thread_id, query))
        return page._replace(rows=outside(page.rows, ranges_of(thread)))
    thread, part = await _both(
        read_thread(),
        _begin(documents, thread_id, query, size, beside=1 if with_cursors else 0, projection=projection),
    )
    count = query.limit + 1
    while True:
        last_seq = thread["last_seq"]
        rows, cut = await part.scan.rows(part.bottom, part.top, count, thread=thread, upward=part.upward)
        gaps = any(_filters(query)) or _has_gaps(
            rows, part.bottom + 1, min(part.top, last_seq), count, upward=part.upward
        )
        is_newer = (
            bool(rows) and max(rows[0]["seq"], rows[-1]["seq"]) > last_seq
        )  # rows are in the order of their numbers
        if not (gaps or is_newer or part.scan.saw_marks):
            break
        # Messages were deleted, cut or written since the thread was read, or the thread was deleted with all of them.
        newer = await read_thread()
        if newer["revision"] == thread["revision"]:
            break
        thread = newer
    has_more = cut or len(rows) > query.limit
    del rows[query.limit :]
    if part.upward != (query.order == "asc"):
        rows.reverse()
    return MessagePage(rows, has_more)


class _Part(NamedTuple):
    """The numbers `bottom < seq <= top` of a thread, of which a page has the lowest or the highest."""

    scan: MessageScan
    bottom: int
    top: int
    upward: bool


async def _begin(
    documents: Documents,
    thread_id: str,
    query: MessageQuery,
    size: PageSize,
    *,
    beside: int,
    projection: Mapping[str, int],
) -> _Part:
    """Find the cursors, and read as much as can be read before the thread is known. `beside` widens the part at both ends."""
    low, high = await _bounds(documents, thread_id, query)
    ascending, after, before = query.order == "asc", query.after, query.before
    upward = ascending if after is not None or before is None else not ascending
    scan = MessageScan(documents, thread_id, _filters(query), size, projection)
    part = _Part(scan, 0 if low is None else low - beside, NEWEST if high is None else high - 1 + beside, upward)
    await scan.read_ahead(part.bottom, part.top, query.limit + 1, upward=upward)
    return part


async def _bounds(documents: Documents, thread_id: str, query: MessageQuery) -> tuple[int | None, int | None]:
    """The numbers between which the messages of the page lie."""
    after = await _position(documents, thread_id, "after", query.after)
    before = await _position(documents, thread_id, "before", query.before)
    return (after, before) if query.order == "asc" else (before, after)


async def _page_of_client_id(documents: Documents, thread_id: str, query: MessageQuery) -> MessagePage:
    """The page of the one message with the `client_id`, if it matches the other filters. Its index alone finds it."""
    where = {"thread_id": thread_id, "client_id": query.client_id}
    row = await documents.fast_messages.find_one(where, MESSAGE_PROJECTION)
    rows = [] if row is None else await visible(documents, [row])
    low, high = await _bounds(documents, thread_id, query)
    indexed, rest = _filters(query)
    wanted = (indexed | rest).items()
    found = [row for row in rows if (low or 0) < row["seq"] < (high or NEWEST) and row.items() >= wanted]
    return MessagePage(found, has_more=False)


async def _both(first: Awaitable[A], second: Awaitable[B]) -> tuple[A, B]:
    """The results of both, which run at the same time. An error of the first one comes before an error of the second one."""
    running = asyncio.ensure_future(second)
    try:
        result = await first
    except BaseException:  # after any error, nobody waits for the second result any more
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        raise
    return result, await running


def _has_gaps(rows: list[MessageRow], bottom: int, top: int, wanted: int, *, upward: bool) -> bool:
    """Whether the rows, in the order in which they were read, leave out numbers of the range from `bottom` to `top`."""
    if not rows:
        return bottom <= top
    first, last = (rows[0]["seq"], rows[-1]["seq"]) if upward else (rows[-1]["seq"], rows[0]["seq"])
    begins = first == bottom or (not upward and len(rows) == wanted)
    ends = last >= top or (upward and len(rows) == wanted)
    return not (begins and ends and last - first + 1 == len(rows))


async def _position(documents: Documents, thread_id: str, field: str, cursor: str | None) -> int | None:
    """The number of the message that a cursor names: with its number, by its id, or by the id that its writer gave an item.

    It is also known for a deleted message.
    """
    if cursor is None:
        return None
    if (seq := number_of(cursor, thread_id)) is not None:
        return seq
    collections: tuple[Any, ...] = (documents.messages, documents.deleted_messages)
    for where in ({"_id": cursor}, {"thread_id": thread_id, "item_id": cursor}):
        for collection in collections:
            found = await collection.find_one(where, {"thread_id": 1, "seq": 1})
            if found is not None and found["thread_id"] == thread_id:
                return int(found["seq"])
    raise UnknownCursor(field, cursor)


def _filters(query: MessageQuery) -> tuple[dict[str, Any], dict[str, Any]]:
    """The filter that an index serves together with the range of numbers, and the other filters."""
    named = (("run_id", query.run_id), ("sender_id", query.sender_id), ("role", query.role))
    filters = {name: value for name, value in named if value is not None}
    indexed = next((name for name in ("run_id", "sender_id") if name in filters), None)
    return {} if indexed is None else {indexed: filters.pop(indexed)}, filters
