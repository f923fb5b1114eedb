"""Reads stored messages for an import, in parts of a bounded size: they may be larger than the messages of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo.errors import OperationFailure

from ....documents import BYTES_AT_ONCE, IN_PARTS, NEWEST, comment_of, is_too_much

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from ....documents import Documents, MessageRow

_MOST_BYTES = 4 * BYTES_AT_ONCE
"""The most bytes that the embedded server loads for one read, unless they are one message."""
_NARROWING = 4


async def rows_with(
    documents: Documents, field: str, values: Sequence[str], **others: Any
) -> AsyncIterator[MessageRow]:
    """Yield the rows that have one of these values in `field`, in any order. `others` are more conditions."""
    waiting = [values] if values else []
    while waiting:
        some = waiting.pop()
        comment = comment_of(_MOST_BYTES if len(some) > 1 else None)
        found = documents.messages.find({**others, field: {"$in": [*some]}}, **comment)
        try:
            row = await anext(found, None)
        except OperationFailure as error:
            if len(some) == 1 or not is_too_much(error):
                raise
            size = -(-len(some) // _NARROWING)
            waiting += [some[start : start + size] for start in range(0, len(some), size)]
            continue
        while row is not None:
            yield row
            row = await anext(found, None)


async def rows_of(
    documents: Documents,
    thread_id: str,
    *,
    after: int = 0,
    last: int = NEWEST,
    filters: Mapping[str, Any],
    fields: Mapping[str, Any] | None = None,
) -> AsyncIterator[MessageRow]:
    """Yield the rows of a thread behind the number `after` up to `last`, oldest first. Only `fields` are read.

    MongoDB answers the first query with all rows. The embedded server answers each query with the next rows.
    """
    more = True
    while more and after < last:
        where: Any = {"thread_id": thread_id, "seq": {"$gt": after, "$lte": last}, **filters}
        more = False
        async for row in documents.messages.find(where, fields, sort=[("seq", 1)], **IN_PARTS):
            yield row
            after, more = row["seq"], True
