"""Input for changes of messages."""

from __future__ import annotations

from typing import Any, Self

from pydantic import ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from .content import Content, refuse_many_elements
from .roles import Role, Status
from .storable import stored_size
from .values import Entries, Flag, Input, JsonObject, MetaData, Name, at_most, limits_of


class MessageChanges(Input):
    """Changes of a message. Each given field is replaced. Fields that are not given, or null, stay unchanged."""

    role: Role | None = None
    content: Content | None = None
    attachments: Entries[JsonObject] | None = None
    assistant_id: Name | None = None
    run_id: Name | None = None
    tool_call_id: Name | None = None
    tool_calls: Entries[JsonObject] | None = None
    """An empty list removes all calls."""
    status: Status | None = None
    """`completed` and `in_progress` remove `incomplete_details`."""
    incomplete_details: JsonObject | None = None
    meta_data: MetaData | None = None
    pinned: Flag | None = None
    """Whether all windows of the thread hold the message (`docs/context.md`)."""
    item: JsonObject | None = None
    """Replaces the whole item, and with it the text and the call that follow from it."""

    @field_validator("attachments", "tool_calls", mode="before")
    @classmethod
    def _not_too_many(cls, value: object, info: ValidationInfo) -> object:
        """Refuse a list that is too long before its entries are checked."""
        return at_most(value, limits_of(info).max_message_elements) if isinstance(value, list) else value

    @field_validator("incomplete_details")
    @classmethod
    def _has_a_reason_to_be_there(cls, value: dict[str, Any] | None, info: ValidationInfo) -> dict[str, Any] | None:
        status = info.data.get("status")
        if value and status in ("completed", "in_progress"):
            raise PydanticCustomError("status", "a message that is {status} has none", {"status": status})
        return value

    @model_validator(mode="after")
    def _within_size(self, info: ValidationInfo) -> Self:
        limits = limits_of(info)
        values = (self.content, self.attachments, self.tool_calls, self.incomplete_details, self.item)
        given = [value for value in values if value]
        refuse_many_elements([value for value in given if not isinstance(value, str)], limits)
        limit = limits.max_message_bytes
        if given and sum(map(stored_size, given)) > limit:
            raise PydanticCustomError("too_large", "larger than the limit of {limit} bytes", {"limit": limit})
        return self
