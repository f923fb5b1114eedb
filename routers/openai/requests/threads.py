"""Request models of threads and their messages, and the conversion to the input of the services."""

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

from ....inputs import (
    Entries,
    FewFields,
    Name,
    NewItem,
    NewThread,
    Text,
    at_most,
    limits_of,
    refuse_many_elements,
    stored_size,
    text_size,
)
from .values import STRICT, Metadata, RequestModel, one_of, text_or

Detail = Literal["auto", "low", "high"]


@with_config(STRICT)
class TextPart(TypedDict):
    """A text."""

    type: Literal["text"]
    text: Text


@with_config(STRICT)
class ImageFile(TypedDict):
    """An image by the id of its file."""

    file_id: Name
    detail: NotRequired[Detail]


@with_config(STRICT)
class ImageFilePart(TypedDict):
    """A part with an image by the id of its file."""

    type: Literal["image_file"]
    image_file: Annotated[ImageFile, FewFields]


@with_config(STRICT)
class ImageUrl(TypedDict):
    """An image by its URL."""

    url: Text
    detail: NotRequired[Detail]


@with_config(STRICT)
class ImageUrlPart(TypedDict):
    """A part with an image by its URL."""

    type: Literal["image_url"]
    image_url: Annotated[ImageUrl, FewFields]


ThreadPart = Annotated[dict[str, Any], one_of(text=TextPart, image_file=ImageFilePart, image_url=ImageUrlPart)]
ThreadContent = Annotated[str | list[dict[str, Any]], text_or(Annotated[Entries[ThreadPart], Field(min_length=1)])]


@with_config(STRICT)
class AttachmentTool(TypedDict):
    """A tool that may use the attached file."""

    type: Literal["code_interpreter", "file_search"]


@with_config(STRICT)
class Attachment(TypedDict):
    """A file, and the tools that may use it."""

    file_id: Name
    tools: Entries[AttachmentTool]


class NewThreadMessage(RequestModel):
    """A message to append."""

    role: Literal["user", "assistant"]
    content: ThreadContent
    """A text, or a list of parts."""
    attachments: Entries[Attachment] | None = None
    metadata: Metadata | None = None

    @model_validator(mode="after")
    def _within_size(self, info: ValidationInfo) -> Self:
        limits = limits_of(info)
        structures: list[Any] = [value for value in (self.content, self.attachments) if isinstance(value, list)]
        refuse_many_elements(structures, limits)
        limit = limits.max_message_bytes
        size = text_size(self.content) if isinstance(self.content, str) else stored_size(self.content)
        if size + (stored_size(self.attachments) if self.attachments else 0) > limit:
            raise PydanticCustomError("too_large", "larger than the limit of {limit} bytes", {"limit": limit})
        return self

    def to_input(self) -> NewItem:
        """The message as input of the services. A list of one text part becomes a text."""
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
    """The ids of the files that code may read."""

    file_ids: NotRequired[Annotated[Entries[Name], Field(max_length=20)]]


@with_config(STRICT)
class FileSearchResources(TypedDict):
    """The id of the vector store that the tool searches."""

    vector_store_ids: NotRequired[Annotated[Entries[Name], Field(max_length=1)]]
    vector_stores: NotRequired[Annotated[Entries[Any], BeforeValidator(_no_vector_stores), WithJsonSchema({"not": {}})]]
    """Always refused: Threadkeep has no vector stores."""


@with_config(STRICT)
class ToolResources(TypedDict):
    """The ids of files and vector stores. Threadkeep stores the ids only."""

    code_interpreter: NotRequired[Annotated[CodeInterpreterResources, FewFields]]
    file_search: NotRequired[Annotated[FileSearchResources, FewFields]]


class NewOpenAIThread(RequestModel):
    """A thread to create. The body may be empty."""

    messages: Entries[NewThreadMessage] | None = None
    metadata: Metadata | None = None
    tool_resources: Annotated[ToolResources, FewFields] | None = None

    @field_validator("messages", mode="before")
    @classmethod
    def _not_too_many(cls, value: object, info: ValidationInfo) -> object:
        return at_most(value, limits_of(info).max_batch) if isinstance(value, list) else value

    def to_input(self) -> NewThread:
        """The thread as input of the services."""
        return NewThread.model_construct(
            participant_ids=[],
            meta_data=self.metadata or {},
            tool_resources=dict(self.tool_resources or {}),
            messages=[message.to_input() for message in self.messages or ()],
        )


class OpenAIThreadChanges(RequestModel):
    """The changes of a thread. A field that is null or missing changes nothing."""

    metadata: Metadata | None = None
    """Merged by key."""
    tool_resources: Annotated[ToolResources, FewFields] | None = None
    """Replaced by tool."""


class ThreadMessageChanges(RequestModel):
    """The changes of a message."""

    metadata: Metadata | None = None
    """Merged by key."""
