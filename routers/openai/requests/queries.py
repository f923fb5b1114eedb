"""What the OpenAI door takes in a query string."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from ....inputs import Cursor, Input, MessageQuery, Name, Order

MOST, USUAL = 100, 20


def _within_page(limit: int) -> int:
    if limit < 1:
        raise PydanticCustomError(
            "integer_below_min_value",
            "integer below minimum value. Expected a value >= 1, but got {limit} instead",
            {"limit": limit},
        )
    if limit > MOST:
        raise PydanticCustomError(
            "integer_above_max_value",
            "integer above maximum value. Expected a value <= {most}, but got {limit} instead",
            {"most": MOST, "limit": limit},
        )
    return limit


Limit = Annotated[
    int,
    AfterValidator(_within_page),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}),
]
Include = Annotated[list[Annotated[Name, Field(max_length=64)]], Field(alias="include[]", max_length=32)]
"""Fields that OpenAI leaves out unless they are asked for; here they are always there."""


class PageQuery(Input):
    """Which entries of a list."""

    limit: Limit = USUAL
    order: Order = "desc"
    after: Cursor = ""
    """Entries that follow this one in the chosen order; it may have been deleted since."""
    before: Cursor = ""
    """Entries that precede this one in the chosen order."""

    def query(self, **filters: Any) -> MessageQuery:
        """The list as services take it."""
        return MessageQuery.model_construct(
            limit=self.limit, order=self.order, after=self.after or None, before=self.before or None, **filters
        )


class ThreadMessagesQuery(PageQuery):
    """Which messages of a thread."""

    run_id: Name | None = None
    """Only messages of this run."""

    def messages(self) -> MessageQuery:
        """The list as services take it."""
        return self.query(run_id=self.run_id or None)


class IncludeQuery(Input):
    """What to include; everything is always included."""

    include: Include = Field(default_factory=list, alias="include[]")


class ItemsQuery(PageQuery, IncludeQuery):
    """Which items of a conversation."""
