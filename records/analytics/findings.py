"""The results of analytics queries and of rollups."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from ..record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

R = TypeVar("R", bound=Record)


class RollupReport(Record):
    """The result of one update of the daily facts."""

    days: int
    """The number of days that were computed."""
    as_of: datetime
    """The facts contain the changes up to this time."""

    __slots__ = ()


class Findings(list[R]):
    """The rows of an analytics query, and its period from `since` to `until`.

    `as_of` is None if the rows were computed from messages and threads; then they are exact. Otherwise they come from the
    daily facts, which contain the changes up to `as_of`.
    """

    __slots__ = ("as_of", "since", "until")

    def __init__(self, rows: Iterable[R], *, since: str, until: str, as_of: str | None) -> None:
        super().__init__(rows)
        self.since = since
        self.until = until
        self.as_of = as_of

    @property
    def data(self) -> list[R]:
        """The result itself, which is the list of rows."""
        return self

    def to_list(self) -> list[dict[str, Any]]:
        """The rows as plain dicts."""
        return [row.dict() for row in self]

    def envelope(self) -> dict[str, Any]:
        """The result as the native API sends it."""
        return {"object": "list", "data": self, "since": self.since, "until": self.until, "as_of": self.as_of}
