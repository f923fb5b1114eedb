"""Works on a range of numbers in parts, if the whole range holds too many bytes for one command (`bounded_reads.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pymongo.errors import OperationFailure

from ...documents import BYTES_AT_ONCE, is_too_much

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

T = TypeVar("T")

_NARROWING = 4


async def in_parts(
    low: int,
    high: int,
    work: Callable[[int, int, int | None], Awaitable[T]],
    *,
    upward: bool = True,
    most_bytes: int = BYTES_AT_ONCE,
) -> AsyncIterator[T]:
    """Yield the results of `work` for `low < number <= high`: one result, or one for each part of the range.

    `work` gets the ends of a part and the most bytes that its command may load. A single number has no limit.
    """
    width = high - low
    while low < high:
        part = (low, min(low + width, high)) if upward else (max(low, high - width), high)
        try:
            found = await work(*part, most_bytes if width > 1 else None)
        except OperationFailure as error:
            if width == 1 or not is_too_much(error):
                raise
            width = max(1, width // _NARROWING)
            continue
        yield found
        low, high = (part[1], high) if upward else (low, part[0])
