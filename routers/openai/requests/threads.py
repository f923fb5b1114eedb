"""What the OpenAI door takes for threads and their messages."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, Self, cast

from pydantic import (
    BeforeValidator,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
    with_config,
)
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from ....inputs import Name, NewItem, NewThread, Text, at_most, limits_of, stored_size
from .values import STRICT, Body, Metadata, one_of, text_or

Detail = Literal["auto", "low", "high"]


@with_config(STRICT)
class TextPart(TypedDict):
    """Text."""

    type: Literal["text"]
    text: Text


@with_config(STRICT)
class ImageFile(TypedDict):
    """An image that was uploaded elsewhere."""

    file_id: Name
    detail: NotRequired[Detail]


@with_config(STRICT)
class ImageFilePart(TypedDict):
    """An image by its file."""

    type: Literal["image_file"]
    image_file: ImageFile


@with_config(STRICT)
class ImageUrl(TypedDict):
    """Where an image is."""

    url: Text
    detail: NotRequired[Detail]


@with_config(STRICT)
class ImageUrlPart(TypedDict):
    """An image by its address."""

    type: Literal["image_url"]
    image_url: ImageUrl


Part = Annotated[dict[str, Any], one_of(text=TextPart, image_file=ImageFilePart, image_url=ImageUrlPart)]
Content = Annotated[str | list[dict[str, Any]], text_or(Annotated[list[Part], Field(min_length=1)])]


@with_config(STRICT)
class AttachmentTool(TypedDict):
    """A tool that gets a file."""

    type: Literal["code_interpreter", "file_search"]


@with_config(STRICT)
class Attachment(TypedDict):
    """A file, and the tools that get it."""

    file_id: Name
    tools: list[AttachmentTool]


class NewThreadMessage(Body):
    """A message to append."""

    role: Literal["user", "assistant"]
    content: Content
    """A text, or parts where there is more than text."""
    attachments: list[Attachment] | None = None
    metadata: Metadata | None = None

    @model_validator(mode="after")
    def _within_size(self, info: ValidationInfo) -> Self:
        limit = limits_of(info).max_message_bytes
        size = len(self.content.encode()) if isinstance(self.content, str) else stored_size(self.content)
        if size + (stored_size(self.attachments) if self.attachments else 0) > limit:
            raise PydanticCustomError("too_large", "larger than the limit of {limit} bytes", {"limit": limit})
        return self

    def new(self) -> NewItem:
        """The message as services take it: one plain text is a text, however it was sent."""
        content = self.content
        if isinstance(content, list) and len(content) == 1 and content[0]["type"] == "text":
            content = content[0]["text"]
        return NewItem.model_construct(
            role=self.role,
            content=content,
            attachments=cast("list[dict[str, Any]]", self.attachments or []),
            meta_data=self.metadata or {},
            id_prefix="msg",
        )


def _no_vector_stores(_: object) -> object:
    raise PydanticCustomError(
        "unsupported_parameter",
        "Threadkeep keeps no vector stores and cannot make one. Send the ids of existing ones in 'vector_store_ids'",
    )


@with_config(STRICT)
class CodeInterpreterResources(TypedDict):
    """The files that code may read."""

    file_ids: NotRequired[Annotated[list[Name], Field(max_length=20)]]


@with_config(STRICT)
class FileSearchResources(TypedDict):
    """The vector store that is searched."""

    vector_store_ids: NotRequired[Annotated[list[Name], Field(max_length=1)]]
    vector_stores: NotRequired[Annotated[list[Any], BeforeValidator(_no_vector_stores), WithJsonSchema({"not": {}})]]
    """Refused: Threadkeep keeps no vector stores."""


@with_config(STRICT)
class ToolResources(TypedDict):
    """Ids of files and stores, which mean nothing to Threadkeep."""

    code_interpreter: NotRequired[CodeInterpreterResources]
    file_search: NotRequired[FileSearchResources]


class NewOpenAIThread(Body):
    """A thread to make; the body may also be empty."""

    messages: list[NewThreadMessage] | None = None
    metadata: Metadata | None = None
    tool_resources: ToolResources | None = None

    @field_validator("messages", mode="before")
    @classmethod
    def _not_too_many(cls, value: object, info: ValidationInfo) -> object:
        return at_most(value, limits_of(info).max_batch) if isinstance(value, list) else value

    def new(self) -> NewThread:
        """The thread as services take it."""
        return NewThread.model_construct(
            participant_ids=[],
            meta_data=self.metadata or {},
            tool_resources=dict(self.tool_resources or {}),
            messages=[message.new() for message in self.messages or ()],
        )


class OpenAIThreadChanges(Body):
    """What may be changed of a thread; what is left out, or null, stays as it is."""

    metadata: Metadata | None = None
    """Merged key by key."""
    tool_resources: ToolResources | None = None
    """Replaced tool by tool."""


class ThreadMessageChanges(Body):
    """What may be changed of a message."""

    metadata: Metadata | None = None
    """Merged key by key."""
