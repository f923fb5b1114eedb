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
"""The most summaries that are considered for a window: those that reach farthest."""
MOST_RECALLED = MOST_PINNED + MOST_SUMMARIES
MOST_IN_A_ROW = 8
"""The most summaries of one window that follow each other, before one summary of all is asked for."""


def pinned_of(rows: Iterable[Row]) -> list[Row]:
    """The pinned messages, in order. Of too many, the newest."""
    found = {row["seq"]: row for row in rows if row.get("pinned") and not is_summary(row)}
    return [found[seq] for seq in sorted(found)][-MOST_PINNED:]


def summaries_of(rows: Iterable[Row]) -> list[Row]:
    """The summaries, newest first. Of too many, those that reach farthest."""
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
    """The summary behind those that cover what is before it without a gap, oldest first. `summaries` are newest first."""
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
    """The numbers from `low` to `high` for which none of these summaries stands. After many of them, it is all of their range."""
    first = max(low, upto(summaries[-1]) + 1) if summaries else low
    if first > high:
        return None
    return (max(1, since(summaries[0])) if len(summaries) >= MOST_IN_A_ROW else first), high
