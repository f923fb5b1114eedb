"""A page of a list, and what a deletion answers."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from .record import Record

R = TypeVar("R", bound=dict[str, Any])


class Page(list[R], Generic[R]):
    """Some entries of a list in order, and whether more follow in that direction."""

    __slots__ = ("has_more", "limit", "next_cursor")

    def __init__(
        self, entries: list[R], *, has_more: bool = False, next_cursor: str | None = None, limit: int | None = None
    ) -> None:
        super().__init__(entries)
        self.has_more = has_more
        self.limit = limit
        """How many entries there could be on it, where that is known; large messages may be fewer although more follow."""
        self.next_cursor = next_cursor
        """What to give as `after` to go on, or as `before` where the page was asked for by that alone; None at the end."""

    @property
    def first_id(self) -> str | None:
        """The id of the first entry, or None on an empty page."""
        return self[0]["id"] if self else None

    @property
    def last_id(self) -> str | None:
        """The id of the last entry, or None on an empty page."""
        return self[-1]["id"] if self else None

    @property
    def data(self) -> list[R]:
        """The entries: what `page` itself is."""
        return self

    def to_list(self) -> list[dict[str, Any]]:
        """The entries as plain dicts."""
        return [dict(entry) for entry in self]

    def envelope(self) -> dict[str, Any]:
        """The page as it goes over the wire."""
        return {
            "object": "list",
            "data": self,
            "first_id": self.first_id,
            "last_id": self.last_id,
            "has_more": self.has_more,
            "next_cursor": self.next_cursor,
        }


class Deleted(Record):
    """What was deleted: `id`, `object` (`thread.deleted` …) and `deleted`, which is true."""

    id: str
    object: str
    deleted: bool

    __slots__ = ()

    @classmethod
    def of(cls, kind: str, deleted_id: str) -> Deleted:
        """Say that the `kind` (`thread`, `thread.message`) with this id is gone."""
        return cls(id=deleted_id, object=f"{kind}.deleted", deleted=True)


class Erased(Record):
    """What deleting a user did, in numbers."""

    success: bool
    message: str
    threads_deleted: int
    threads_left: int
    messages_anonymised: int
    keys_revoked: int

    __slots__ = ()
