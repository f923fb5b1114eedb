"""Bodies that only the native door takes: those of the original service's SDK."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from ...inputs import Messages, Name, NativeRole, NewMessage
from ...inputs.values import at_most, limits_of

ThreadId = Annotated[Name, Field(min_length=1, max_length=128)]


class MessageInThread(NewMessage):
    """A message and the thread it goes to."""

    thread_id: ThreadId
    role: NativeRole = "user"
    is_last_chunk: bool = False
    """Sent by the SDK with every message; only means something where chunks are sent."""

    def message(self) -> NewMessage:
        """The message alone."""
        return NewMessage.model_construct(self.model_fields_set & NewMessage.model_fields.keys(), **self._said())

    def _said(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in NewMessage.model_fields}


class ToolMessage(MessageInThread):
    """A tool's output: always of role `tool`."""

    def _said(self) -> dict[str, Any]:
        return {**super()._said(), "role": "tool"}


class AssistantMessage(MessageInThread):
    """A chunk of an assistant's message, or all of it."""

    role: NativeRole = "assistant"
    is_last_chunk: bool = True


class OneOrMoreMessages(NewMessage):
    """One message, or `messages` and nothing else."""

    role: NativeRole = "user"
    messages: Messages | None = None

    @field_validator("messages", mode="before")
    @classmethod
    def _not_too_many(cls, value: object, info: ValidationInfo) -> object:
        if value == []:
            raise PydanticCustomError("too_short", "at least one message")
        return at_most(value, limits_of(info).max_batch) if isinstance(value, list) else value

    @model_validator(mode="after")
    def _one_or_more(self) -> Self:
        if self.messages is not None and self.model_fields_set != {"messages"}:
            raise PydanticCustomError("messages_alone", "send one message, or `messages` alone")
        return self

    def all(self) -> list[NewMessage]:
        """The messages, be it one or more."""
        return [self] if self.messages is None else self.messages
