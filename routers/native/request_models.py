"""Request models that only the native API has. They accept the bodies of the original service's SDK."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

from pydantic import GetJsonSchemaHandler, ValidationInfo, field_validator, model_validator
from pydantic_core import CoreSchema, PydanticCustomError

from ...inputs import Id, MessageChunk, Messages, NewMessage, NewMessages, at_most, limits_of


class MessageInThread(NewMessage):
    """A message, and the id of its thread."""

    thread_id: Id
    is_last_chunk: bool = False
    """Ends an assistant's message that is sent in chunks. The SDK sends it with every message."""

    def message(self) -> NewMessage:
        """The message without the other fields."""
        return NewMessage.model_construct(
            self.model_fields_set & NewMessage.model_fields.keys(), **self._message_fields()
        )

    def _message_fields(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in NewMessage.model_fields}


class ToolMessage(MessageInThread):
    """A tool's output. Its role is always `tool`."""

    def _message_fields(self) -> dict[str, Any]:
        fields = super()._message_fields()
        return fields | {"role": "tool"} if self.type == "message" else fields  # an item has the role of its type


class AssistantMessage(MessageChunk, MessageInThread):
    """A chunk of an assistant's message, or the whole message."""

    is_last_chunk: bool = True


class OneOrMoreMessages(NewMessage):
    """One message, or `messages` without other fields."""

    messages: Messages | None = None

    @classmethod
    def __get_pydantic_json_schema__(cls, _: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Describe one of the two models, of which generators of clients make a type. They make none of `not`."""
        for model in (NewMessage, NewMessages):
            model.model_rebuild()
        return {"anyOf": [handler(model.__pydantic_core_schema__) for model in (NewMessage, NewMessages)]}

    @field_validator("messages", mode="before")
    @classmethod
    def _not_too_many(cls, value: object, info: ValidationInfo) -> object:
        if value is None or value == []:
            raise PydanticCustomError("too_short", "at least one message")
        return at_most(value, limits_of(info).max_batch) if isinstance(value, list) else value

    @model_validator(mode="after")
    def _one_or_more(self) -> Self:
        if self.messages is not None and self.model_fields_set != {"messages"}:
            raise PydanticCustomError("messages_alone", "send one message, or `messages` alone")
        return self

    @property
    def is_list(self) -> bool:
        """Whether the body has a list of messages."""
        return self.messages is not None

    def release(self) -> Iterator[NewMessage]:
        """The messages, of which this body keeps none: while their rows wait for MongoDB, nothing else stays in memory."""
        if self.messages is None:
            yield self
            return
        self.messages.reverse()
        while self.messages:
            yield self.messages.pop()
