"""Old messages that a window still holds: pinned messages, and summaries of the messages before the window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..history import is_summary, summary_text
from .steps import Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Row = Mapping[str, Any]

MOST_PINNED = 64
"""The most pinned messages of a thread."""
MOST_SUMMARIES = 32
"""The most summaries that are considered for a window. If there are more, the summaries that cover the highest numbers count."""
MOST_RECALLED = MOST_PINNED + MOST_SUMMARIES
MOST_IN_A_ROW = 8
"""If a window has this many summaries in a row, `to_summarize` asks for one summary in place of all of them."""


def pinned_of(rows: Iterable[Row]) -> list[Row]:
    """The pinned messages, in order. If there are more than `MOST_PINNED`, the newest."""
    found = {row["seq"]: row for row in rows if row.get("pinned") and not is_summary(row)}
    return [found[seq] for seq in sorted(found)][-MOST_PINNED:]


def summaries_of(rows: Iterable[Row]) -> list[Row]:
    """The summaries, newest first. If there are more than `MOST_SUMMARIES`, the summaries that cover the highest numbers."""
    found = {row["seq"]: row for row in rows if is_summary(row) and row.get("status") != "in_progress"}
    farthest = sorted(found.values(), key=lambda row: (upto(row), row["seq"]), reverse=True)[:MOST_SUMMARIES]
    return sorted(farthest, key=lambda row: row["seq"], reverse=True)


def upto(summary: Row) -> int:
    """The last number that a summary covers."""
    return int(summary["covers"]["upto_seq"])


def since(summary: Row) -> int:
    """The first number that a summary covers."""
    return int(summary["covers"]["from_seq"])


def in_a_row(summary: Row, summaries: Sequence[Row]) -> list[Row]:
    """The summaries whose ranges follow each other without a gap up to this one, oldest first. `summaries` are newest first."""
    found = [summary]
    while since(found[0]) > 1:
        first = since(found[0])
        before = next((row for row in summaries if since(row) < first <= upto(row) + 1), None)
        if before is None:
            break
        found.insert(0, before)
    return found


def words_of(summary: Row) -> Words:
    """A summary as a model reads it: as words of the user, because what users said must not become an instruction."""
    return Words("user", summary_text(summary))


def gap_before(summaries: Sequence[Row], low: int, high: int) -> tuple[int, int] | None:
    """The range of numbers from `low` to `high` that these summaries do not cover. None if they cover all.

    If there are `MOST_IN_A_ROW` summaries or more, the range begins with the first number of the oldest summary.
    """
    first = max(low, upto(summaries[-1]) + 1) if summaries else low
    if first > high:
        return None
    return (max(1, since(summaries[0])) if len(summaries) >= MOST_IN_A_ROW else first), high
