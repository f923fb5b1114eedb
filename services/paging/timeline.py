"""Pages of what is sorted by a time and then by id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .cursors import beyond, bounds, cursor_of, limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pymongo import IndexModel
    from pymongo.asynchronous.collection import AsyncCollection

    from ...inputs import ListQuery
    from .cursors import Position
    from .time_windows import TimeWindows

    Span = tuple[Position | None, Position | None]


@dataclass(frozen=True, slots=True)
class Timeline:
    """A list: what matches in a collection, by the time in `field`.

    `indexed` is one equality that an index serves, or nothing; `filters` is looked through in what the index gives. What was
    before `since`, or not before `until`, is not on it.
    """

    collection: AsyncCollection[Any]
    indexes: Sequence[IndexModel]
    field: str
    indexed: dict[str, Any]
    filters: dict[str, Any]
    time_windows: TimeWindows
    since: datetime | None = None
    until: datetime | None = None

    async def page(
        self, query: ListQuery, after: Position | None, before: Position | None
    ) -> tuple[list[Any], bool, str | None]:
        """The rows of a page in the query's order, whether more follow, and the cursor that goes on from there."""
        ascending = query.order == "asc"
        upward = ascending if after is not None or before is None else not ascending
        low, high = (after, before) if ascending else (before, after)
        rows = await self.rows(low, high, query.limit + 1, upward=upward)
        has_more = len(rows) > query.limit
        del rows[query.limit :]
        cursor = cursor_of((rows[-1][self.field], rows[-1]["_id"])) if has_more else None
        if upward != ascending:
            rows.reverse()
        return rows, has_more, cursor

    async def rows(self, low: Position | None, high: Position | None, count: int, *, upward: bool) -> list[Any]:
        """Up to `count` rows strictly between two places, from the low one up or from the high one down."""
        low, high = self._within(low, high)
        name, start = self._name(), low if upward else high
        moment = start[0] if start else None
        rows: dict[str, Any] = {}
        try:
            for span in self._spans(name, low, high, count, upward=upward):
                for row in await self._read(*span, count - len(rows), upward=upward):
                    rows.setdefault(
                        row["_id"], row
                    )  # it may have moved up into this span after it was found in an earlier one
                if len(rows) >= count:
                    break
        except BaseException:  # interrupted, too: the database may have been asked for too much
            self.time_windows.forget(name)
            raise
        found = [row[self.field] for row in rows.values()]
        if len(found) == count or (low is None and high is None):  # few in a period say nothing of the whole list
            self.time_windows.learn(name, moment, found, count, upward=upward)
        return list(rows.values())

    def _within(self, low: Position | None, high: Position | None) -> Span:
        lows = [place for place in (low, _start_of(self.since)) if place is not None]
        highs = [place for place in (high, _start_of(self.until)) if place is not None]
        return max(lows, default=None), min(highs, default=None)

    def _spans(
        self, name: int, low: Position | None, high: Position | None, count: int, *, upward: bool
    ) -> Iterator[Span]:
        """From one end to the other, in one step or in several."""
        start, end = (low, high) if upward else (high, low)
        for moment in self._edges(name, start[0] if start else None, count, upward=upward):
            edge = (moment, "")
            if end is not None and (edge >= end if upward else edge <= end):
                break
            yield (start, edge) if upward else (edge, start)
            start = edge
        yield (start, end) if upward else (end, start)

    def _edges(self, name: int, start: datetime | None, count: int, *, upward: bool) -> Iterator[datetime]:
        return self.time_windows.edges(name, start, count, upward=upward) if self._is_in_order else iter(())

    async def _read(self, low: Position | None, high: Position | None, count: int, *, upward: bool) -> list[Any]:
        span = bounds(self.field, low, high) if self._is_in_order else {}
        found = await self.collection.aggregate(
            [
                {"$match": {**self.indexed, **span}},
                {"$match": self.filters},
                *({"$match": beyond(self.field, *limit)} for limit in limits(low, high)),
                {"$sort": dict.fromkeys((self.field, "_id"), 1 if upward else -1)},
                {"$limit": count},
            ]
        )
        return await found.to_list()

    @property
    def _is_in_order(self) -> bool:
        """Whether an index that serves the equality goes on with the time: else the embedded server would read everything."""
        wanted = [*self.indexed, self.field]
        return any([*index.document["key"]][: len(wanted)] == wanted for index in self.indexes)

    def _name(self) -> int:
        """A number for the list: those few that share one by chance only look further or nearer than they need."""
        return hash(repr((self.collection.name, self.field, self.indexed, self.filters)))


def _start_of(moment: datetime | None) -> Position | None:
    """The place before all that happened at a moment."""
    return None if moment is None else (moment, "")
