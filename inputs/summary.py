"""Input for summaries: records that stand for older messages of their thread."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from .message import NewMessage
from .values import NOT_A_TEXT, Id, Input, MetaData, Name, Text

Number = Annotated[int, Field(ge=1, lt=2**53), NOT_A_TEXT]


class Coverage(Input):
    """The first and the last number of the messages that a summary covers."""

    from_seq: Number = 1
    upto_seq: Number

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.upto_seq < self.from_seq:
            raise PydanticCustomError("order", "upto_seq is lower than from_seq")
        return self


class NewSummary(Coverage):
    """A summary of the messages from `from_seq` up to `upto_seq`, both included. `from_seq` is at most `upto_seq`."""

    text: Text
    """The text that a model reads in place of these messages."""
    assistant_id: Name | None = None
    meta_data: MetaData = Field(default_factory=dict)
    client_id: Id | None = None
    """A key that the caller chooses, unique in the thread. The same key again returns the first summary and writes nothing."""

    @field_validator("text")
    @classmethod
    def _has_words(cls, text: str) -> str:
        if not text.strip():
            raise PydanticCustomError("empty", "has no words")
        return text


class SummaryMessage(NewMessage):
    """The message that stores a summary."""

    is_summary: ClassVar[bool] = True

    covers: Coverage

    def marks(self) -> dict[str, Any]:
        """The range of the summary."""
        return {"covers": self.covers.model_dump()}
