"""Records of a page of a list, and of deletions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .record import Record

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

R = TypeVar("R", bound=dict[str, Any])


class Page(list[R], Generic[R]):
    """Entries of a list, in order. `has_more` is True if more entries follow in that direction."""

    __slots__ = ("has_more", "limit", "next_cursor")

    def __init__(
        self, entries: list[R], *, has_more: bool = False, next_cursor: str | None = None, limit: int | None = None
    ) -> None:
        super().__init__(entries)
        self.has_more = has_more
        self.limit = limit
        """The most entries of this page, or None if not known. A page of large messages may have fewer although more follow."""
        self.next_cursor = next_cursor
        """The cursor of the next page: pass it as `after`, or as `before` if only `before` was given. None at the end."""

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
        """The page itself, which is the list of entries."""
        return self

    def to_list(self) -> list[dict[str, Any]]:
        """The entries as plain dicts."""
        return [dict(entry) for entry in self]

    def envelope(self) -> dict[str, Any]:
        """The page as the native API sends it."""
        return {
            "object": "list",
            "data": self,
            "first_id": self.first_id,
            "last_id": self.last_id,
            "has_more": self.has_more,
            "next_cursor": self.next_cursor,
        }

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The schema that makes `Page[ThreadRecord]` a response type of FastAPI, in the JSON form of `envelope()`."""
        from .pydantic_schemas import schema_of_page  # noqa: PLC0415 - clients do without pydantic

        return schema_of_page(cls, source, handler)


class Deleted(Record):
    """The result of a deletion: `id`, `object` (such as `thread.deleted`) and `deleted`, which is True."""

    id: str
    object: str
    deleted: bool

    __slots__ = ()

    @classmethod
    def of(cls, kind: str, deleted_id: str) -> Deleted:
        """The record for a deleted object. `kind` is `thread` or `thread.message`."""
        return cls(id=deleted_id, object=f"{kind}.deleted", deleted=True)


class Erased(Record):
    """The result of erasing a user: the numbers of changed objects."""

    success: bool
    message: str
    threads_deleted: int
    threads_left: int
    messages_anonymised: int
    keys_revoked: int

    __slots__ = ()

    @classmethod
    def of(
        cls,
        user_id: str,
        *,
        threads_deleted: int = 0,
        threads_left: int = 0,
        messages_anonymised: int = 0,
        keys_revoked: int = 0,
    ) -> Erased:
        """The record for an erased user. All counts are 0 if the user was erased before."""
        return cls(
            success=True,
            message=f"User {user_id!r} was erased.",
            threads_deleted=threads_deleted,
            threads_left=threads_left,
            messages_anonymised=messages_anonymised,
            keys_revoked=keys_revoked,
        )
