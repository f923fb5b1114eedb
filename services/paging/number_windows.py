"""The windows of numbers that a scan of a thread's messages reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..deletion import is_hidden, ranges_of

if TYPE_CHECKING:
    from ...documents import ThreadRow

_MOST_MISSING = 4
"""If numbers are known to be missing, the first window is wider by as many, at most by its size divided by this."""
_MOST_CUT_AWAY = 16
"""The most rows of cuts that the first window of a short page takes, to reach the messages below them in one read."""


class NumberWindows:
    """Chooses windows by the summary of the thread: its newest number, its count and its open cuts."""

    def __init__(self, thread: ThreadRow) -> None:
        self._last_seq = thread["last_seq"]
        self._gaps = max(0, thread["last_seq"] - thread["message_count"])
        self._cuts = ranges_of(thread)

    def missing(self, count: int) -> int:
        """How many more numbers a window of `count` messages may need, because messages of the thread were deleted."""
        return min(self._gaps, count // _MOST_MISSING)

    def cut_away(self, low: int, high: int, count: int, *, upward: bool) -> int:
        """How many numbers at the end of the thread are hidden by cuts, if the first window should take them too. Else 0."""
        if upward or high < self._last_seq:
            return 0
        hidden = self._last_seq - self.without_cuts(low, self._last_seq, upward=False)[1]
        return hidden if hidden <= max(count, _MOST_CUT_AWAY) else 0

    def without_cuts(self, low: int, high: int, *, upward: bool) -> tuple[int, int]:
        """The range without the cut numbers at the end where the read begins."""
        while low < high and is_hidden(low + 1 if upward else high, self._cuts):
            for first, last in self._cuts:
                if upward and first <= low + 1 <= last:
                    low = last
                if not upward and first <= high <= last:
                    high = first - 1
        return low, high

    def next(self, low: int, high: int, width: int, *, upward: bool) -> tuple[int, int]:
        """The window of about `width` numbers at the end of a range where the read begins."""
        if not upward:
            return max(low, min(high, self._last_seq) - width), high
        end = low + width
        # Almost no message is newer than the summary of the thread: the last window takes all numbers above it.
        return low, high if end >= min(high, self._last_seq) else end
