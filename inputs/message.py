"""What callers may say of a message."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from .values import Content, Input, JsonObject, MetaData, Name, at_most, limits_of, stored_size, text_size

NativeRole = Literal["user", "assistant", "system", "tool", "platform"]
"""The roles of the native door."""

Role = Literal["user", "assistant", "system", "tool", "platform", "developer", "unknown", "critic", "discriminator"]
"""All roles that are stored, those of conversation items included."""

Status = Literal["in_progress", "incomplete", "completed"]


class NewMessage(Input):
    """A message to append; the thread gives it its number, and the server its times."""

    role: Role = "user"
    content: Content = ""
    """The text, or parts where there is more than text."""
    attachments: list[JsonObject] = Field(default_factory=list)
    sender_id: Name | None = None
    assistant_id: Name | None = None
    run_id: Name | None = None
    tool_id: Name | None = None
    tool_call_id: Name | None = None
    tool_calls: list[JsonObject] | None = None
    status: Status | None = None
    incomplete_details: JsonObject | None = None
    meta_data: MetaData = Field(default_factory=dict)
    client_id: Annotated[Name, Field(min_length=1, max_length=256)] | None = None
    """A key of the caller's own, unique in the thread: the same key again gives the first message and writes nothing."""

    @field_validator("role", mode="before")
    @classmethod
    def _lower_case(cls, role: object) -> object:
        return role.lower() if isinstance(role, str) else role

    @model_validator(mode="after")
    def _within_size(self, info: ValidationInfo) -> Self:
        limit = limits_of(info).max_message_bytes
        if self.size() > limit:
            raise PydanticCustomError("too_large", "larger than the limit of {limit} bytes", {"limit": limit})
        return self

    def size(self) -> int:
        """About the bytes that the message takes."""
        content = self.content
        total = text_size(content) if isinstance(content, str) else stored_size(content)
        if self.attachments or self.tool_calls or self.incomplete_details:
            total += stored_size([self.attachments, self.tool_calls, self.incomplete_details])
        return total

    def kind(self) -> tuple[str, dict[str, Any] | None]:
        """What it is, and what there is of it beside its role and its text."""
        return "message", None

    def id_prefix_or(self, prefix: str) -> str:
        """What its id begins with: `prefix`, unless it tells more."""
        return prefix


class NewItem(NewMessage):
    """An entry of a conversation that need not be a message: a tool call, a tool's output, a reasoning step."""

    type: Annotated[Name, Field(min_length=1, max_length=64)] = "message"
    item: JsonObject | None = None
    """What the entry is beside its role and its text: whole if it is not a message."""
    id_prefix: Annotated[str, Field(pattern=r"^[a-z]{1,16}$")] | None = None
    """What its id begins with, where that tells more than the door it came through."""

    def size(self) -> int:
        """About the bytes that the entry takes."""
        return super().size() + (stored_size(self.item) if self.item else 0)

    def kind(self) -> tuple[str, dict[str, Any] | None]:
        """What it is, and what there is of it beside its role and its text."""
        return self.type, self.item

    def id_prefix_or(self, prefix: str) -> str:
        """Its own, else the door's."""
        return self.id_prefix or prefix


class StoredMessage(NewItem):
    """A message that exists elsewhere already, with what only its first writer could know: what an import brings."""

    id: Annotated[Name, Field(min_length=1, max_length=128)] | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    completed_at: datetime | None = None
    incomplete_at: datetime | None = None


M = TypeVar("M", bound=NewMessage)


class MessageChanges(Input):
    """What may be changed of a message; what is not given stays as it is."""

    role: Role | None = None
    content: Content | None = None
    status: Status | None = None
    tool_call_id: Name | None = None
    meta_data: MetaData | None = None

    @model_validator(mode="after")
    def _within_size(self, info: ValidationInfo) -> Self:
        limit = limits_of(info).max_message_bytes
        if self.content and stored_size(self.content) > limit:
            raise PydanticCustomError("too_large", "larger than the limit of {limit} bytes", {"limit": limit})
        return self


def unique_client_ids(messages: list[M]) -> list[M]:
    """Refuse a `client_id` that is given to two of them."""
    keys = [message.client_id for message in messages if message.client_id is not None]
    if len(set(keys)) < len(keys):
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise PydanticCustomError("repeated", "the client_id {key} is given more than once", {"key": repr(repeated)})
    return messages


Messages = Annotated[list[NewMessage], AfterValidator(unique_client_ids)]
"""Messages that are written together."""


class NewMessages(Input):
    """Several messages to append together."""

    messages: Annotated[Messages, Field(min_length=1)]

    @field_validator("messages", mode="before")
    @classmethod
    def _not_too_many(cls, value: object, info: ValidationInfo) -> object:
        return at_most(value, limits_of(info).max_batch) if isinstance(value, list) else value
