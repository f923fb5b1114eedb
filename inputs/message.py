"""Input for messages."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from .values import (
    Content,
    Entries,
    Id,
    Input,
    JsonObject,
    MetaData,
    Name,
    StoredContent,
    at_most,
    limits_of,
    refuse_many_elements,
    stored_size,
    text_size,
)

NativeRole = Literal["user", "assistant", "system", "tool", "platform"]
"""The roles that the native API accepts."""

Role = Literal["user", "assistant", "system", "tool", "platform", "developer", "unknown", "critic", "discriminator"]
"""All roles that are stored, with those of OpenAI conversation items."""

Status = Literal["in_progress", "incomplete", "completed"]


class NewMessage(Input):
    """A message to append. The service sets its number, its id and its times."""

    role: Role = "user"
    content: Content = ""
    """The text, or a list of parts if the message is more than text."""
    attachments: Entries[JsonObject] = Field(default_factory=list)
    sender_id: Name | None = None
    assistant_id: Name | None = None
    run_id: Name | None = None
    tool_id: Name | None = None
    tool_call_id: Name | None = None
    tool_calls: Entries[JsonObject] | None = None
    status: Status | None = None
    incomplete_details: JsonObject | None = None
    meta_data: MetaData = Field(default_factory=dict)
    client_id: Id | None = None
    """A key that the caller chooses, unique in the thread. The same key again returns the first message and writes nothing."""

    @field_validator("role", mode="before")
    @classmethod
    def _lower_case(cls, role: object) -> object:
        return role.lower() if isinstance(role, str) else role

    @field_validator("attachments", "tool_calls", mode="before")
    @classmethod
    def _not_too_many(cls, value: object, info: ValidationInfo) -> object:
        """Refuse a list that is too long before its entries are checked."""
        return at_most(value, limits_of(info).max_message_elements) if isinstance(value, list) else value

    @model_validator(mode="after")
    def _within_size(self, info: ValidationInfo) -> Self:
        limits = limits_of(info)
        refuse_many_elements(self.structures(), limits)
        limit = limits.max_message_bytes
        if self.size() > limit:
            raise PydanticCustomError("too_large", "larger than the limit of {limit} bytes", {"limit": limit})
        return self

    def structures(self) -> list[Any]:
        """The values with keys and values of their own, without `meta_data`. Empty for a message that is only text."""
        values = (self.content, self.attachments, self.tool_calls, self.incomplete_details)
        return [value for value in values if value and not isinstance(value, str)]

    def size(self) -> int:
        """The approximate bytes that the message takes, without `meta_data`."""
        content = self.content
        total = text_size(content) if isinstance(content, str) else stored_size(content)
        if self.attachments or self.tool_calls or self.incomplete_details:
            total += stored_size([self.attachments, self.tool_calls, self.incomplete_details])
        return total

    def kind(self) -> tuple[str, dict[str, Any] | None]:
        """The values of the stored fields `type` and `item`."""
        return "message", None

    def id_prefix_or(self, prefix: str) -> str:
        """The prefix of its id: always `prefix` for a message."""
        return prefix


class NewItem(NewMessage):
    """A message, or an item of a conversation: a tool call, a tool output, a reasoning step."""

    type: Annotated[Name, Field(min_length=1, max_length=64)] = "message"
    item: JsonObject | None = None
    """The whole item if `type` is not `message`; else the fields of the message that have no field of their own."""
    id_prefix: Annotated[str, Field(pattern=r"^[a-z]{1,16}$")] | None = None
    """The prefix of its id, if the type of the item has one. Else the API that receives the item chooses the prefix."""

    def structures(self) -> list[Any]:
        """The values with keys and values of their own, without `meta_data`."""
        return [*super().structures(), *([self.item] if self.item else ())]

    def size(self) -> int:
        """The approximate bytes that the entry takes, without `meta_data`."""
        return super().size() + (stored_size(self.item) if self.item else 0)

    def kind(self) -> tuple[str, dict[str, Any] | None]:
        """The values of the stored fields `type` and `item`."""
        return self.type, self.item

    def id_prefix_or(self, prefix: str) -> str:
        """The prefix of its id: `id_prefix` if it has one, else `prefix`."""
        return self.id_prefix or prefix


class StoredMessage(NewItem):
    """A message that an import brings, with the id and the times that it had elsewhere."""

    content: StoredContent = ""
    """An older version may have stored it with other rules."""
    id: Id | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    completed_at: datetime | None = None
    incomplete_at: datetime | None = None

    def structures(self) -> list[Any]:
        """Nothing: the number of keys and values is not limited, because an older version stored the message."""
        return []


M = TypeVar("M", bound=NewMessage)


class MessageChanges(Input):
    """Changes of a message. Fields that are not given, or null, stay unchanged."""

    role: Role | None = None
    content: Content | None = None
    status: Status | None = None
    tool_call_id: Name | None = None
    meta_data: MetaData | None = None

    @model_validator(mode="after")
    def _within_size(self, info: ValidationInfo) -> Self:
        limits = limits_of(info)
        if self.content and not isinstance(self.content, str):
            refuse_many_elements([self.content], limits)
        limit = limits.max_message_bytes
        if self.content and stored_size(self.content) > limit:
            raise PydanticCustomError("too_large", "larger than the limit of {limit} bytes", {"limit": limit})
        return self


def unique_client_ids(messages: list[M]) -> list[M]:
    """The same messages. Refuses a `client_id` that two of them have."""
    counts = Counter(message.client_id for message in messages if message.client_id is not None)
    if len(counts) < counts.total():
        repeated = next(key for key, count in counts.items() if count > 1)
        raise PydanticCustomError("repeated", "the client_id {key} is given more than once", {"key": repr(repeated)})
    return messages


Messages = Annotated[Entries[NewMessage], AfterValidator(unique_client_ids)]
"""Messages that are written together, each `client_id` at most once."""


class NewMessages(Input):
    """A batch: messages to append together."""

    messages: Annotated[Messages, Field(min_length=1)]

    @field_validator("messages", mode="before")
    @classmethod
    def _not_too_many(cls, value: object, info: ValidationInfo) -> object:
        return at_most(value, limits_of(info).max_batch) if isinstance(value, list) else value
