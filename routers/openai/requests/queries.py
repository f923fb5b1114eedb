"""Request models of query strings."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from ....inputs import Cursor, Entries, Input, MessageQuery, Name, Order

MAX_LIMIT, DEFAULT_LIMIT = 100, 20


def _within_page(limit: int) -> int:
    if limit < 1:
        raise PydanticCustomError(
            "integer_below_min_value",
            "integer below minimum value. Expected a value >= 1, but got {limit} instead",
            {"limit": limit},
        )
    if limit > MAX_LIMIT:
        raise PydanticCustomError(
            "integer_above_max_value",
            "integer above maximum value. Expected a value <= {most}, but got {limit} instead",
            {"most": MAX_LIMIT, "limit": limit},
        )
    return limit


Limit = Annotated[
    int,
    AfterValidator(_within_page),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}),
]
Include = Annotated[Entries[Annotated[Name, Field(max_length=64)]], Field(alias="include[]", max_length=32)]
"""The names of fields that OpenAI shows on request only. Threadkeep always shows them."""


class PageQuery(Input):
    """The page of a list."""

    limit: Limit = DEFAULT_LIMIT
    order: Order = "desc"
    after: Cursor = ""
    """The id of an entry. The page holds entries behind that entry in the chosen order. The entry may be deleted."""
    before: Cursor = ""
    """The id of an entry. The page holds entries in front of that entry in the chosen order."""

    def to_input(self) -> MessageQuery:
        """The page as input of the services."""
        return MessageQuery.model_construct(
            limit=self.limit,
            order=self.order,
            after=self.after or None,
            before=self.before or None,
            **self._filters(),
        )

    def _filters(self) -> dict[str, Any]:
        return {}


class ThreadMessagesQuery(PageQuery):
    """The page of the messages of a thread."""

    run_id: Name | None = None
    """The page holds only messages of this run."""

    def _filters(self) -> dict[str, Any]:
        return {"run_id": self.run_id or None}


class IncludeQuery(Input):
    """The additional fields to show. Threadkeep always shows all of them."""

    include: Include = Field(default_factory=list, alias="include[]")


class ItemsQuery(PageQuery, IncludeQuery):
    """The page of the items of a conversation."""
