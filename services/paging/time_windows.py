"""Time windows: the ranges of time in which a list is read, on servers that sort in memory (decision 32).

MongoDB reads a page from an index in order, so one window covers all of time. The embedded server reads and sorts all
entries of a range. There the first window is narrow, and each further window is wider, until enough entries are found. The
density of each list is remembered, so that the next page of the list is usually found in one window.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from cachetools import LRUCache

from ...clock import EPOCH, now, whole_milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

_FIRST = timedelta(seconds=1)
_NARROWEST = timedelta(milliseconds=10)
_GROWTH = 8
_WIDEST = timedelta(days=1000)
"""When a window would be wider, one last window takes the rest of the list."""
_MARGIN = 1.5
"""A window that is this much wider than the expected range usually holds enough entries."""
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class _Density:
    """How dense a list was when it was last read."""

    newest: datetime
    gap: timedelta | None
    """The mean time between two entries. None if one window holds all entries."""


class TimeWindows:
    """The time windows of all lists in a process. An integer key identifies a list."""

    def __init__(self, *, needed: bool) -> None:
        """`needed` is False if the server reads lists in order. Then every list has only one window."""
        self._needed = needed
        self._densities: LRUCache[int, _Density] = LRUCache(_MOST_REMEMBERED)

    def edges(self, list_key: int, start: datetime | None, count: int, *, upward: bool) -> Iterator[datetime]:
        """The times at which the windows end, for a read of `count` entries. The window after the last one has no end.

        The first window begins at `start`, or at the newest entry if `start` is None. A read upward without a `start` has
        only one window, because the time of the oldest entry is unknown.
        """
        density = self._densities.get(list_key)
        if not self._needed or (upward and start is None) or (density is not None and density.gap is None):
            return
        latest = now()
        width = _FIRST if density is None or density.gap is None else max(_NARROWEST, density.gap * count * _MARGIN)
        newest = latest if density is None else min(density.newest, latest)
        edge = newest if start is None else min(start, latest)
        while width < _WIDEST:
            room = latest - edge if upward else edge - EPOCH
            if room < width:  # the last window takes the rest
                return
            edge = whole_milliseconds(edge + width if upward else edge - width)  # else MongoDB would move it
            yield edge
            width *= _GROWTH

    def learn(
        self, list_key: int, start: datetime | None, found: Sequence[datetime], count: int, *, upward: bool
    ) -> None:
        """Remember the density of a list, from the times of the entries that a read of `count` entries found."""
        if not self._needed:
            return
        density = self._densities.pop(list_key, None)
        from_newest = start is None and not upward
        if len(found) == count > 1:
            newest = found[0] if from_newest else (density.newest if density else now())
            density = _Density(newest, abs(found[-1] - found[0]) / (count - 1))
        elif from_newest and len(found) < count:
            density = _Density(now(), None)
        if density is not None:
            self._densities[list_key] = density

    def forget(self, list_key: int) -> None:
        """Forget the density of a list. The next read begins with a narrow window."""
        self._densities.pop(list_key, None)
