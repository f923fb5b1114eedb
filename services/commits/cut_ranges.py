"""Finds the range of numbers that the cut of a pop hides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo.errors import OperationFailure

from ...documents import BYTES_AT_ONCE, comment_of, is_too_much
from ..deletion import is_marked_cut, is_placeholder, ranges_of, uncovered

if TYPE_CHECKING:
    from ...documents import Documents, ThreadRow

_MOST_UNCOVERED = 16
"""If a range has at most this many unknown numbers, they are not looked up: the next pop reads past them at no cost."""


async def hidden_around(documents: Documents, thread: ThreadRow, popped: int, following: int) -> tuple[int, int]:
    """The first and last number of a range around a popped message, in which no other message is shown.

    The range begins behind `following`, the message that becomes the newest one, and ends at the newest number. So the next pop
    skips all numbers of earlier pops at once, also of those whose cuts were purged. If the range may hold a message that is not
    visible yet, the cut has only the number of the popped message.
    """
    last = max(thread["last_seq"], popped)
    unknown = uncovered(following, last, [*ranges_of(thread), (popped, popped)])
    if not unknown:
        return following + 1, last
    if sum(high - low for low, high in unknown) <= _MOST_UNCOVERED:
        return popped, popped
    for low, high in unknown:
        if await _may_hold_message(documents, thread["_id"], low, high):
            return popped, popped
    return following + 1, last


async def _may_hold_message(documents: Documents, thread_id: str, low: int, high: int) -> bool:
    window: dict[str, Any] = {"thread_id": thread_id, "seq": {"$gt": low, "$lte": high}}
    try:
        rows = await documents.messages.find(window, {"batch": 1}, **comment_of(BYTES_AT_ONCE)).to_list()
    except OperationFailure as error:
        if not is_too_much(error):
            raise
        return True
    return not all(is_placeholder(row) or is_marked_cut(row) for row in rows)
