"""TimeWindows of time: how far back a list is looked for at once, where the server would read and sort all of it.

MongoDB takes a page from an index that is in order already, and one stretch is all of time. The embedded server reads
whatever the range holds, so there the range is narrow at first, and wider where too little was found in it. What was found is
remembered: the next page of the same list is one look again (decision 32).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from cachetools import LRUCache

from ...clock import EPOCH, now

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

_FIRST = timedelta(seconds=1)
_NARROWEST = timedelta(milliseconds=10)
_GROWTH = 8
_WIDEST = timedelta(days=1000)
"""What is left beyond it is one stretch."""
_SPARE = 1.5
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class _Seen:
    """A list as it was when it was last looked at."""

    newest: datetime
    apart: timedelta | None
    """How far apart in time its entries are; None where one look takes all of them."""


class TimeWindows:
    """Where time_windows end, list by list; a list is named by a number."""

    def __init__(self, *, needed: bool) -> None:
        self._needed = needed
        self._seen: LRUCache[int, _Seen] = LRUCache(_MOST_REMEMBERED)

    def edges(self, name: int, start: datetime | None, count: int, *, upward: bool) -> Iterator[datetime]:
        """Where to stop and look whether `count` entries were found, one moment after the other; after the last, nowhere.

        Without a `start` they begin at the newest entry; where the way is upward there are none then.
        """
        seen = self._seen.get(name)
        if not self._needed or (upward and start is None) or (seen is not None and seen.apart is None):
            return
        latest = now()
        width = _FIRST if seen is None or seen.apart is None else max(_NARROWEST, seen.apart * count * _SPARE)
        newest = latest if seen is None else min(seen.newest, latest)
        edge = newest if start is None else min(start, latest)
        while width < _WIDEST:
            room = latest - edge if upward else edge - EPOCH
            if room < width:  # next to nothing is beyond it
                return
            edge = edge + width if upward else edge - width
            yield edge
            width *= _GROWTH

    def learn(self, name: int, start: datetime | None, found: Sequence[datetime], count: int, *, upward: bool) -> None:
        """Remember how close together the entries were that were found, of `count` that were looked for."""
        if not self._needed:
            return
        seen = self._seen.pop(name, None)
        from_newest = start is None and not upward
        if len(found) == count > 1:
            newest = found[0] if from_newest else (seen.newest if seen else now())
            seen = _Seen(newest, abs(found[-1] - found[0]) / (count - 1))
        elif from_newest and len(found) < count:
            seen = _Seen(now(), None)
        if seen is not None:
            self._seen[name] = seen

    def forget(self, name: int) -> None:
        """Look carefully the next time."""
        self._seen.pop(name, None)
