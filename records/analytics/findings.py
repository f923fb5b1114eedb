"""What a question is answered with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from ..record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

R = TypeVar("R", bound=Record)


class RollupReport(Record):
    """What bringing the daily facts up to date did."""

    days: int
    """Days that were computed."""
    as_of: datetime
    """Changes until then are in the facts."""

    __slots__ = ()


class Findings(list[R]):
    """The rows that answer a question, and the period that they are about.

    `as_of` is None for answers from messages and threads, which are exact, and else up to when changes are in the daily
    facts.
    """

    __slots__ = ("as_of", "since", "until")

    def __init__(self, rows: Iterable[R], *, since: str, until: str, as_of: str | None) -> None:
        super().__init__(rows)
        self.since = since
        self.until = until
        self.as_of = as_of

    @property
    def data(self) -> list[R]:
        """The rows: what the list itself is."""
        return self

    def to_list(self) -> list[dict[str, Any]]:
        """The rows as plain dicts."""
        return [row.dict() for row in self]

    def envelope(self) -> dict[str, Any]:
        """The answer as it goes over the wire."""
        return {"object": "list", "data": self, "since": self.since, "until": self.until, "as_of": self.as_of}
