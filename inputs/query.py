"""Parameters of lists: filters, limit, cursors and order."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from .moment import Moment
from .roles import Role
from .strict_json import JsonRefused, decode
from .values import NOT_A_BOOL, Id, Input, MetaData, Name, limits_of

Order = Literal["asc", "desc"]
Sort = Literal["active", "created"]
Cursor = Annotated[Name, Field(max_length=256)]


def _parse_json(value: object) -> object:
    """The value, decoded if it is JSON text: a query string carries an object as JSON."""
    if not isinstance(value, str):
        return value
    try:
        return decode(value)
    except JsonRefused as error:
        raise PydanticCustomError("json_invalid", "{rule}", {"rule": error.rule}) from error


def _one_or_more(value: object) -> object:
    """A list of labels. In a query string it is one label, or a JSON list."""
    if isinstance(value, str) and value.startswith("["):
        return _parse_json(value)
    return [value] if isinstance(value, str) else value


class ListQuery(Input):
    """Parameters of every list. `after` and `before` are cursors; with both, the page lies strictly between them."""

    page_limit: ClassVar[str] = "max_records_page"
    """The field of `Limits` that bounds `limit`."""

    limit: Annotated[int, Field(ge=1), NOT_A_BOOL] = 20
    after: Cursor | None = None
    before: Cursor | None = None
    order: Order = "desc"

    @field_validator("after", "before", mode="after")
    @classmethod
    def _empty_means_none(cls, value: str | None) -> str | None:
        return value or None

    @field_validator("limit")
    @classmethod
    def _within_page(cls, value: int, info: ValidationInfo) -> int:
        most: int = getattr(limits_of(info), cls.page_limit)
        if value > most:
            raise PydanticCustomError("less_than_equal", "must be at most {le}", {"le": most})
        return value


class MessageQuery(ListQuery):
    """Parameters of a list of messages of one thread."""

    page_limit: ClassVar[str] = "max_page"

    order: Order = "asc"
    run_id: Name | None = None
    role: Name | None = None
    sender_id: Name | None = None
    client_id: Name | None = None
    """Only the message that has this `client_id`."""


class ChunkQuery(Input):
    """The unfinished message to which chunks belong. Its values must equal the values that were sent with the chunks."""

    role: Role = "assistant"
    sender_id: Name | None = None
    assistant_id: Name | None = None
    run_id: Name | None = None


class ThreadQuery(ListQuery):
    """Parameters of a list of threads."""

    external_id: Name | None = None
    """Only the threads with this external id."""

    participant: Name | None = None
    owner: Name | None = None
    meta_data: Annotated[MetaData, BeforeValidator(_parse_json)] | None = None
    """Only threads that have each of these keys with exactly this value. At most `max_filter_keys` keys."""
    archived: bool | None = None
    """True: only archived threads. False: only others."""
    pinned: bool | None = None
    labels: Annotated[list[Name], Field(min_length=1, max_length=32), BeforeValidator(_one_or_more)] | None = None
    """Only threads that have at least one of these labels: one label, a JSON list of labels, or the parameter repeated."""
    created_after: Moment | None = None
    created_before: Moment | None = None
    active_after: Moment | None = None
    active_before: Moment | None = None
    sort: Sort = "active"
    """`active` sorts by last activity, which changes with each message. `created` sorts by creation, which never changes."""

    @field_validator("meta_data")
    @classmethod
    def _few_keys(cls, value: dict[str, Any] | None, info: ValidationInfo) -> dict[str, Any] | None:
        limit = limits_of(info).max_filter_keys
        if value is not None and len(value) > limit:
            raise PydanticCustomError("too_many_keys", "at most {limit} keys", {"limit": limit})
        return value


class ThreadIdsQuery(Input):
    """Parameters of a list of all threads of a user, or of their ids."""

    limit: Annotated[int, Field(ge=1, lt=2**53), NOT_A_BOOL] | None = None
    """The maximum number of threads. Without it, all threads are returned that fit into one answer."""
    after: Cursor | None = None
    """The value of the header `x-next-cursor` of an answer: the list continues there."""


class KeyQuery(Input):
    """Parameters of a list of API keys."""

    include_inactive: bool = True
    after: Cursor | None = None
    """The value of the header `x-next-cursor` of an answer: the list continues there."""


class ExternalIdOnly(Input):
    """The external id of the user or thread to read."""

    external_id: Id


class AuditQuery(ListQuery):
    """Parameters of a page of the audit trail."""


class UserQuery(ListQuery):
    """Parameters of a list of users. Only users who match every given filter are listed."""

    email: Name | None = None
    external_id: Name | None = None
    oauth_provider: Name | None = None
    provider_user_id: Name | None = None

    @model_validator(mode="after")
    def _provider_with_id(self) -> Self:
        if (self.oauth_provider is None) != (self.provider_user_id is None):
            raise PydanticCustomError("combination", "give `oauth_provider` and `provider_user_id` together")
        return self
