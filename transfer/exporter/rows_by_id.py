"""Reads users and threads in the order of their ids, in pages of a bounded size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import pymongo

from ...documents import BYTES_AT_ONCE
from ...services import row_size

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from pymongo.asynchronous.collection import AsyncCollection
    from pymongo.asynchronous.cursor import AsyncCursor

    from ...documents import Documents

R = TypeVar("R", bound="Mapping[str, Any]")

READ_SECONDS = 300
"""The timeout of one reply of the database. A server that sorts in memory sorts all threads before the first reply."""
_PAGE_BYTES = 8 * 1024 * 1024
_IN_PARTS: dict[str, Any] = {"comment": {"part_bytes": BYTES_AT_ONCE}}
"""An option of a query: the embedded server then answers with the first users or threads, up to 1 MiB of them."""


async def rows_by_id(
    documents: Documents, collection: AsyncCollection[R], filters: dict[str, Any], start: dict[str, str], page_rows: int
) -> AsyncIterator[R]:
    """Yield the rows by id, from `start`, in pages of `page_rows` rows or 8 MiB.

    No cursor stays open while the rows are written, for two reasons. The time limit of a query covers all its replies, and
    a server ends a session after thirty minutes. A server that sorts in memory would sort all rows for each page, so it
    gets one query. The embedded server is such a server, but answers with a first part of the rows. So it gets the query
    again until no row is left.
    """
    while True:
        within: dict[str, Any] = {**filters, "_id": {**filters.get("_id", {}), **start}}
        found = collection.find(within, sort=[("_id", 1)], **_IN_PARTS)
        last: str | None = None
        if documents.sorts_by_index:
            rows, is_last = await _page(found.limit(page_rows), page_rows)
            for row in rows:
                yield row
            last = None if is_last else rows[-1]["_id"]
        else:
            while (one := await next_row(found)) is not None:
                yield one
                last = one["_id"]
        if last is None:
            return
        start = {"$gt": last}


async def _page(cursor: AsyncCursor[R], page_rows: int) -> tuple[list[R], bool]:
    """The first rows of a query with this limit, up to 8 MiB, and whether the query has no more."""
    rows: list[R] = []
    size = 0
    async with cursor:
        while size < _PAGE_BYTES:
            row = await next_row(cursor)
            if row is None:
                return rows, len(rows) < page_rows
            rows.append(row)
            size += row_size(row)
    return rows, False


async def next_row(cursor: AsyncCursor[R]) -> R | None:
    """The next row, or None at the end. Each reply may take `READ_SECONDS`, which is longer than the timeout of a request."""
    with pymongo.timeout(READ_SECONDS):
        return await anext(cursor, None)
