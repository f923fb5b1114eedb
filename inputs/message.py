"""Input for messages."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from ..history import ITEM_KINDS
from .content import ChunkContent, Content, StoredContent, or_null, refuse_many_elements, without_half_characters
from .items import LONGEST_ITEM_ID, readable_item, with_defaults
from .roles import Role, Status
from .storable import stored_size, text_size
from .values import Entries, Flag, Id, Input, JsonObject, MetaData, Name, at_most, limits_of

_NUMBERS = 2**53
"""All numbers of messages are lower."""
SUMMARY = "summary"
"""The type of messages that stand for older ones."""


class NewMessage(Input):
    """A message or an item to append. The service sets its number, its id and its times."""

    checks_items: ClassVar[bool] = True
    """Whether an item must have the fields that readers rely on."""
    is_summary: ClassVar[bool] = False
    """Whether it names the messages that it covers, as only summaries do."""

    type: Annotated[Name, Field(min_length=1, max_length=64)] = "message"
    """`message`, the type of an OpenAI item, or a type of the application such as `my_framework.snapshot`."""
    role: Role = "user"
    """Items have the role of their type: `assistant` for calls, `tool` for outputs, `unknown` for types of an application."""
    content: Annotated[Content, Field(json_schema_extra=or_null)] = ""
    """The text, or a list of parts if the message is more than text. Null, beside `tool_calls` or `item`, is an empty text."""
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
    item: Annotated[JsonObject | None, Field(validate_default=True)] = None
    """The whole item if `type` is not `message`; else the fields of the message that have no field of their own."""

    @model_validator(mode="before")
    @classmethod
    def _defaults_of_its_kind(cls, data: object) -> object:
        return with_defaults(data) if isinstance(data, dict) else data

    @field_validator("type")
    @classmethod
    def _is_no_summary(cls, kind: str) -> str:
        if kind == SUMMARY and cls.checks_items and not cls.is_summary:
            raise PydanticCustomError("summary", "summaries are written by add_summary: they name what they cover")
        return kind

    @field_validator("role", mode="before")
    @classmethod
    def _lower_case(cls, role: object) -> object:
        return role.lower() if isinstance(role, str) else role

    @field_validator("attachments", "tool_calls", mode="before")
    @classmethod
    def _not_too_many(cls, value: object, info: ValidationInfo) -> object:
        """Refuse a list that is too long before its entries are checked."""
        return at_most(value, limits_of(info).max_message_elements) if isinstance(value, list) else value

    @field_validator("item")
    @classmethod
    def _readable(cls, item: dict[str, Any] | None, info: ValidationInfo) -> dict[str, Any] | None:
        return readable_item(item, info.data) if cls.checks_items and info.data.get("type") != "message" else item

    @model_validator(mode="after")
    def _within_size(self, info: ValidationInfo) -> Self:
        limits = limits_of(info)
        if structures := self.structures():
            refuse_many_elements(structures, limits)
        limit = limits.max_message_bytes
        if self.size() > limit:
            raise PydanticCustomError("too_large", "larger than the limit of {limit} bytes", {"limit": limit})
        return self

    def marks(self) -> dict[str, Any]:
        """The stored fields that only few messages have, such as the range of a summary."""
        return {}

    def structures(self) -> list[Any]:
        """The values with keys and values of their own, without `meta_data`. Empty for a message that is only text."""
        values = (self.content, self.attachments, self.tool_calls, self.incomplete_details, self.item)
        return [value for value in values if value and not isinstance(value, str)]

    def size(self) -> int:
        """The approximate bytes that the message takes, without `meta_data`."""
        return self.size_of(self.content)

    def size_of(self, content: str | list[dict[str, Any]]) -> int:
        """The approximate bytes that the message takes with this content."""
        total = text_size(content) if isinstance(content, str) else stored_size(content)
        if self.attachments or self.tool_calls or self.incomplete_details:
            total += stored_size([self.attachments, self.tool_calls, self.incomplete_details])
        return total + (stored_size(self.item) if self.item else 0)

    def id_prefix_or(self, prefix: str) -> str:
        """The prefix of its id: `prefix` for a message, and that of its kind for an item of OpenAI."""
        kind = ITEM_KINDS.get(self.type)
        return prefix if kind is None else kind.prefix


class NewItem(NewMessage):
    """A message or an item of an API that has prefixes for the ids of messages."""

    id_prefix: Annotated[str, Field(pattern=r"^[a-z]{1,16}$")] | None = None
    """The prefix of its id. Without it, the type and the API that receives the item choose the prefix."""

    def id_prefix_or(self, prefix: str) -> str:
        """The prefix of its id: `id_prefix` if it has one."""
        return self.id_prefix or super().id_prefix_or(prefix)


class MessageChunk(NewMessage):
    """A chunk of a message, or a message whose chunks are stored already."""

    role: Role = "assistant"
    content: ChunkContent = ""
    """A part of the text. An emoji may be split between two chunks."""

    def size(self) -> int:
        """The approximate bytes that the chunk takes, without `meta_data`."""
        if not isinstance(self.content, str):
            return super().size()
        whole = without_half_characters(self.content)
        return self.size_of(whole) + len(self.content) - len(whole)


class StoredMessage(NewItem):
    """A message that an import brings, with the id and the times that it had elsewhere."""

    checks_items: ClassVar[bool] = False

    content: StoredContent = ""
    """An older version may have stored it with other rules."""
    item_id: Annotated[Name, Field(min_length=1, max_length=LONGEST_ITEM_ID)] | None = None
    """The id by which its writer knows the item, unique in the thread. Without it, the row has the id in `item`."""
    covers: JsonObject | None = None
    """The numbers that a summary covers: `from_seq` and `upto_seq`. Of other messages it is not read."""
    pinned: Flag | None = None
    id: Id | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    completed_at: datetime | None = None
    incomplete_at: datetime | None = None

    @field_validator("covers")
    @classmethod
    def _has_numbers(cls, covers: dict[str, Any] | None) -> dict[str, Any] | None:
        if covers is None:
            return None
        first, last = covers.get("from_seq"), covers.get("upto_seq")
        if type(first) is not int or type(last) is not int or not 1 <= first <= last < _NUMBERS:
            raise PydanticCustomError("covers", "must have the numbers `from_seq` and `upto_seq`, in this order")
        return {"from_seq": first, "upto_seq": last}

    def marks(self) -> dict[str, Any]:
        """The range of a summary, or that a message is pinned."""
        if self.type == SUMMARY and self.covers is not None:
            return {"covers": self.covers}
        return {"pinned": True} if self.pinned else {}

    def structures(self) -> list[Any]:
        """Nothing: the number of keys and values is not limited, because an older version stored the message."""
        return []


M = TypeVar("M", bound=NewMessage)


class ChunkEnd(Input):
    """Whether a chunk ends its message."""

    is_last: bool


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
