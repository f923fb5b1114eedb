"""Response models of the OpenAI API, for its OpenAPI description.

The answers themselves are dicts. Tests compare them with these models.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from ...errors import ThreadkeepError, Unauthorized, Unavailable
from .requests import KINDS, AnyRole, MessagePart, one_of

T = TypeVar("T")
Status = Literal["in_progress", "incomplete", "completed"]


class Answer(BaseModel):
    """The base of all response models."""

    model_config = ConfigDict(extra="forbid", defer_build=True)  # pydantic builds it when the description is read


class ErrorDetail(Answer):
    """The error of a request."""

    message: str
    type: Literal["invalid_request_error", "server_error"]
    param: str | None
    code: str | None


class ErrorAnswer(Answer):
    """The error of a request, in OpenAI's format."""

    error: ErrorDetail


class FileIds(Answer):
    """The ids of the files that code may read."""

    file_ids: list[str] = []


class VectorStoreIds(Answer):
    """The id of the vector store that the tool searches."""

    vector_store_ids: list[str] = []


class ToolResourcesAnswer(Answer):
    """The ids of files and vector stores."""

    code_interpreter: FileIds = FileIds()
    file_search: VectorStoreIds = VectorStoreIds()


class ThreadAnswer(Answer):
    """A thread."""

    id: str
    object: Literal["thread"]
    created_at: int
    metadata: dict[str, str]
    tool_resources: ToolResourcesAnswer


class TextValue(Answer):
    """A text and its citations."""

    value: str
    annotations: list[dict[str, Any]]


class TextContent(Answer):
    """A text."""

    type: Literal["text"]
    text: TextValue


class ImageFileContent(Answer):
    """An image by the id of its file."""

    type: Literal["image_file"]
    image_file: dict[str, str]


class ImageUrlContent(Answer):
    """An image by its URL."""

    type: Literal["image_url"]
    image_url: dict[str, str]


class RefusalContent(Answer):
    """A refusal."""

    type: Literal["refusal"]
    refusal: str


ContentAnswer = Annotated[
    dict[str, Any],
    one_of(text=TextContent, image_file=ImageFileContent, image_url=ImageUrlContent, refusal=RefusalContent),
]


class AttachmentAnswer(Answer):
    """A file, and the tools that may use it."""

    file_id: str
    tools: list[dict[str, str]]


class IncompleteDetails(Answer):
    """The reason why a message is incomplete."""

    reason: Literal["content_filter", "max_tokens", "run_cancelled", "run_expired", "run_failed"]


class MessageAnswer(Answer):
    """A message of a thread."""

    id: str
    object: Literal["thread.message"]
    created_at: int
    thread_id: str
    status: Status
    incomplete_details: IncompleteDetails | None
    completed_at: int | None
    incomplete_at: int | None
    role: Literal["user", "assistant"]
    content: list[ContentAnswer]
    assistant_id: str | None
    run_id: str | None
    attachments: list[AttachmentAnswer]
    metadata: dict[str, str]


class ConversationAnswer(Answer):
    """A conversation."""

    id: str
    object: Literal["conversation"]
    created_at: int
    metadata: dict[str, str]


class MessageItemAnswer(Answer):
    """A message of a conversation."""

    id: str
    type: Literal["message"]
    status: Status
    role: AnyRole
    content: list[MessagePart]
    phase: Literal["commentary", "final_answer"] = "final_answer"
    """Only present if it was sent."""


class OtherItemAnswer(BaseModel):
    """An item that is not a message. It has all fields that were sent."""

    model_config = ConfigDict(extra="allow")

    id: str
    type: str = Field(json_schema_extra={"enum": list(KINDS)})


ItemAnswer = MessageItemAnswer | OtherItemAnswer


class ListAnswer(Answer, Generic[T]):
    """A page of a list."""

    object: Literal["list"]
    data: list[T]
    first_id: str | None
    last_id: str | None
    has_more: bool


class DeletedAnswer(Answer):
    """The id and the type of the deleted object."""

    id: str
    object: Literal["thread.deleted", "thread.message.deleted", "conversation.deleted"]
    deleted: Literal[True]


def errors(*classes: type[ThreadkeepError]) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI `responses` of a route that may raise `classes`. Invalid input has the status 400, as in OpenAI's API."""
    by_status: dict[int | str, list[str]] = {}
    usual: list[type[ThreadkeepError]] = [Unauthorized, Unavailable]
    for error in [*classes, *usual]:
        status = 400 if error.status == 422 else error.status  # noqa: PLR2004 - as errors.render_error does
        by_status.setdefault(status, []).append(error.summary())
    described = {
        status: {"model": ErrorAnswer, "description": "\n".join(dict.fromkeys(sentences))}
        for status, sentences in by_status.items()
    }
    return {**described, "default": {"model": ErrorAnswer, "description": "Any other error."}}
