"""Finds the next stored row behind a gap in the numbers of a thread, however wide the gap is.

Numbers of deleted messages stay empty, and an import may bring any numbers. A loop over ranges of numbers would not end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo.errors import OperationFailure

from ...documents import BYTES_AT_ONCE, comment_of, is_too_much

if TYPE_CHECKING:
    from pymongo.asynchronous.collection import AsyncCollection

_NEAR = 1000
"""The search ends when a row is known to lie within so many numbers. A range of 2^53 numbers costs about 45 queries."""


async def skip_gap(
    collection: AsyncCollection[Any],
    thread_id: str,
    low: int,
    high: int,
    *,
    upward: bool = True,
    field: str = "seq",
) -> tuple[int, int]:
    """The range `low < field <= high` without the empty numbers at its beginning; at its end if not `upward`.

    Returns an empty range, whose ends are equal, if the range holds no row.
    """

    async def holds_row(low: int, high: int) -> bool:
        window = {"thread_id": thread_id, field: {"$gt": low, "$lte": high}}
        try:
            return await collection.find_one(window, {"_id": 1}, **comment_of(BYTES_AT_ONCE)) is not None
        except OperationFailure as error:
            if not is_too_much(error):
                raise
            return True

    if not await holds_row(low, high):
        return (high, high) if upward else (low, low)
    size = high - low  # a row lies in the first `size` numbers, in the direction of the search
    while size > _NEAR:
        half = size // 2
        near = (low, low + half) if upward else (high - half, high)
        if await holds_row(*near):
            size = half
            continue
        size -= half
        low, high = (low + half, high) if upward else (low, high - half)
    return low, high
