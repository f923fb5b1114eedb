"""What the OpenAI door answers, for its documentation; the answers themselves are dicts (held equal by tests)."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from ...errors import ThreadkeepError, Unauthorized, Unavailable
from .requests import KINDS, AnyRole, MessagePart, one_of

T = TypeVar("T")
Status = Literal["in_progress", "incomplete", "completed"]


class Answer(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="forbid", defer_build=True)  # made when the description is asked for


class ErrorDetail(Answer):
    """What went wrong."""

    message: str
    type: Literal["invalid_request_error", "server_error"]
    param: str | None
    code: str | None


class ErrorAnswer(Answer):
    """What went wrong, in OpenAI's envelope."""

    error: ErrorDetail


class FileIds(Answer):
    """The files that code may read."""

    file_ids: list[str] = []


class VectorStoreIds(Answer):
    """The vector store that is searched."""

    vector_store_ids: list[str] = []


class ToolResourcesAnswer(Answer):
    """Ids of files and stores."""

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
    """A text, and what it cites."""

    value: str
    annotations: list[dict[str, Any]]


class TextContent(Answer):
    """Text."""

    type: Literal["text"]
    text: TextValue


class ImageFileContent(Answer):
    """An image by its file."""

    type: Literal["image_file"]
    image_file: dict[str, str]


class ImageUrlContent(Answer):
    """An image by its address."""

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
    """A file, and the tools that get it."""

    file_id: str
    tools: list[dict[str, str]]


class IncompleteDetails(Answer):
    """Why a message is incomplete."""

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
    """Only where it was sent."""


class OtherItemAnswer(BaseModel):
    """An item that is not a message: with all that was sent of it."""

    model_config = ConfigDict(extra="allow")

    id: str
    type: str = Field(json_schema_extra={"enum": list(KINDS)})


ItemAnswer = MessageItemAnswer | OtherItemAnswer


class ListAnswer(Answer, Generic[T]):
    """Some entries of a list, in order."""

    object: Literal["list"]
    data: list[T]
    first_id: str | None
    last_id: str | None
    has_more: bool


class DeletedAnswer(Answer):
    """What was deleted."""

    id: str
    object: Literal["thread.deleted", "thread.message.deleted", "conversation.deleted"]
    deleted: Literal[True]


def errors(*classes: type[ThreadkeepError]) -> dict[int | str, dict[str, Any]]:
    """What a route may answer instead, for its documentation: no 422, as OpenAI says 400 for it."""
    by_status: dict[int | str, list[str]] = {}
    usual: list[type[ThreadkeepError]] = [Unauthorized, Unavailable]
    for error in [*classes, *usual]:
        status = 400 if error.status == 422 else error.status  # noqa: PLR2004 - as errors.render_error does
        by_status.setdefault(status, []).append(error.summary())
    described = {
        status: {"model": ErrorAnswer, "description": "\n".join(dict.fromkeys(sentences))}
        for status, sentences in by_status.items()
    }
    return {**described, "default": {"model": ErrorAnswer, "description": "Anything else that went wrong."}}
