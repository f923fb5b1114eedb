"""Cuts: ranges of numbers that no reader shows any more (decision 75).

One update of the thread makes a cut, so all its messages disappear at once. The rows stay for some minutes, until the cut is
purged. So readers that read the thread before the cut see all of them, and later ones see none.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from .placeholders import CUT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ...documents import MessageRow

Ranges = tuple[tuple[int, int], ...]
"""Ranges of numbers, each with its first and last one."""
COMMIT = "commit"
IS_COMMIT_ID: dict[str, Any] = {"$gte": f"{COMMIT}_", "$lt": f"{COMMIT}`"}
"""Condition on `batch.id` for the rows of commits. The sweepers of older versions do not know these ids and leave the rows."""
IS_UNSETTLED_ID: dict[str, Any] = {"$gte": "batch_", "$lte": CUT}
"""Condition on `batch.id` for the rows of batches, commits and cuts."""


class Cut(TypedDict):
    """A cut, as it is stored in `cuts` of a thread."""

    id: str
    first: int
    last: int
    count: int
    """How many messages it removed."""
    at: datetime
    popped: NotRequired[int]
    """The number of the message, if it was popped. The other numbers of the cut held no shown message when it was made."""


def ranges_of(thread: Mapping[str, Any] | None) -> Ranges:
    """The numbers of a thread that its open cuts hide. Another program may have stored cuts of another form: they hide nothing."""
    cuts = thread.get("cuts") if thread is not None else None
    if not cuts:
        return ()
    found = ((cut.get("first"), cut.get("last")) for cut in cuts)
    return tuple((first, last) for first, last in found if isinstance(first, int) and isinstance(last, int))


def stored_cuts(thread: Mapping[str, Any]) -> list[Cut]:
    """The open cuts of a thread, the oldest first. Another program may have stored others: they are left alone."""
    types = {"id": str, "first": int, "last": int, "count": int, "at": datetime}
    cuts = thread.get("cuts") or ()
    known = [cut for cut in cuts if all(isinstance(cut.get(name), kind) for name, kind in types.items())]
    return [cut for cut in known if isinstance(cut.get("popped", 0), int)]


def own_range(cut: Cut) -> tuple[int, int]:
    """The first and last number of the messages that the cut removed."""
    return (cut["popped"], cut["popped"]) if "popped" in cut else (cut["first"], cut["last"])


def is_hidden(seq: int, ranges: Ranges) -> bool:
    """Whether a number is in one of the ranges."""
    return any(first <= seq <= last for first, last in ranges)


def outside(rows: list[MessageRow], ranges: Ranges) -> list[MessageRow]:
    """The rows whose numbers are in no range. The same list object if there is no range."""
    return [row for row in rows if not is_hidden(row["seq"], ranges)] if ranges else rows


def uncovered(low: int, high: int, ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The parts of `low < seq <= high` outside the ranges, each as such a pair of bounds, upward."""
    parts: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if low < first - 1:
            parts.append((low, min(high, first - 1)))
        low = max(low, last)
        if low >= high:
            break
    else:
        parts.append((low, high))
    return [(begin, end) for begin, end in parts if begin < end]


def is_commit(row: MessageRow) -> bool:
    """Whether the row belongs to a commit, which the thread may not have yet."""
    return "batch" in row and row["batch"]["id"].startswith(f"{COMMIT}_")


def is_marked_cut(row: MessageRow) -> bool:
    """Whether the row has the mark of a cut."""
    return "batch" in row and row["batch"]["id"] == CUT


def is_shown(thread: Mapping[str, Any], row: MessageRow) -> bool:
    """Whether the thread, as it was read, shows the row: it is in no cut, and its commit was made. For rows without other marks."""
    if is_commit(row) and row["batch"]["id"] not in (thread.get("commits") or ()):
        return False
    return not is_hidden(row["seq"], ranges_of(thread))
