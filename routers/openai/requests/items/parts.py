"""Request models of the parts of messages and outputs in conversations, and of messages themselves."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import with_config
from typing_extensions import TypedDict

from .....inputs import Entries, Name, Text
from ..values import OPEN, STRICT, one_of, text_or

ImageDetail = Literal["low", "high", "auto", "original"]
Status = Literal["in_progress", "completed", "incomplete"]
AnyRole = Literal["unknown", "user", "assistant", "system", "critic", "discriminator", "developer", "tool"]


@with_config(OPEN)
class Breakpoint(TypedDict):
    """Marks the end of a prompt prefix that the model's host caches."""

    mode: Literal["explicit"]
    ttl: NotRequired[Literal["30m", "12h"] | None]


@with_config(STRICT)
class InputText(TypedDict):
    """Text as input of a model."""

    type: Literal["input_text"]
    text: Text
    prompt_cache_breakpoint: NotRequired[Breakpoint | None]


@with_config(STRICT)
class InputImage(TypedDict):
    """An image as input of a model."""

    type: Literal["input_image"]
    detail: NotRequired[ImageDetail | None]
    image_url: NotRequired[Text | None]
    file_id: NotRequired[Name | None]
    prompt_cache_breakpoint: NotRequired[Breakpoint | None]


@with_config(STRICT)
class InputFile(TypedDict):
    """A file as input of a model."""

    type: Literal["input_file"]
    file_id: NotRequired[Name | None]
    file_data: NotRequired[Text | None]
    file_url: NotRequired[Text | None]
    filename: NotRequired[Text | None]
    detail: NotRequired[Literal["auto", "low", "high"] | None]
    prompt_cache_breakpoint: NotRequired[Breakpoint | None]


@with_config(OPEN)
class FileCitation(TypedDict):
    """A citation of a file."""

    type: Literal["file_citation"]
    file_id: Text
    filename: Text
    index: int


@with_config(OPEN)
class UrlCitation(TypedDict):
    """A citation of a web page."""

    type: Literal["url_citation"]
    url: Text
    title: Text
    start_index: int
    end_index: int


@with_config(OPEN)
class ContainerFileCitation(TypedDict):
    """A citation of a file in a container."""

    type: Literal["container_file_citation"]
    container_id: Text
    file_id: Text
    filename: Text
    start_index: int
    end_index: int


@with_config(OPEN)
class FilePath(TypedDict):
    """A reference to a file by its id."""

    type: Literal["file_path"]
    file_id: Text
    index: int


Annotation = Annotated[
    dict[str, Any],
    one_of(
        file_citation=FileCitation,
        url_citation=UrlCitation,
        container_file_citation=ContainerFileCitation,
        file_path=FilePath,
    ),
]


@with_config(OPEN)
class TopLogprob(TypedDict):
    """A token that the model could have written, and its log probability."""

    token: Text
    bytes: Entries[int]
    logprob: float


class Logprob(TopLogprob):
    """A token that the model wrote, and its log probability."""

    top_logprobs: Entries[TopLogprob]


@with_config(STRICT)
class OutputText(TypedDict):
    """Text as output of a model."""

    type: Literal["output_text"]
    text: Text
    annotations: NotRequired[Entries[Annotation]]
    logprobs: NotRequired[Entries[Logprob] | None]


@with_config(STRICT)
class Refusal(TypedDict):
    """The refusal of a model to answer."""

    type: Literal["refusal"]
    refusal: Text


@with_config(STRICT)
class PlainText(TypedDict):
    """Text of the type `text`."""

    type: Literal["text"]
    text: Text


@with_config(STRICT)
class SummaryText(TypedDict):
    """A summary of reasoning."""

    type: Literal["summary_text"]
    text: Text


@with_config(STRICT)
class ReasoningText(TypedDict):
    """The text of reasoning."""

    type: Literal["reasoning_text"]
    text: Text


@with_config(STRICT)
class Screenshot(TypedDict):
    """A screenshot of a computer."""

    type: Literal["computer_screenshot"]
    detail: NotRequired[ImageDetail | None]
    image_url: NotRequired[Text | None]
    file_id: NotRequired[Name | None]
    prompt_cache_breakpoint: NotRequired[Breakpoint | None]


OutputPart = Annotated[dict[str, Any], one_of(input_text=InputText, input_image=InputImage, input_file=InputFile)]
"""A part of the output of a tool."""
Output = Annotated[str | list[dict[str, Any]], text_or(Entries[OutputPart])]

MessagePart = Annotated[
    dict[str, Any],
    one_of(
        input_text=InputText,
        input_image=InputImage,
        input_file=InputFile,
        output_text=OutputText,
        refusal=Refusal,
        text=PlainText,
        summary_text=SummaryText,
        reasoning_text=ReasoningText,
        computer_screenshot=Screenshot,
    ),
]
MessageContent = Annotated[str | list[dict[str, Any]], text_or(Entries[MessagePart])]


@with_config(STRICT)
class MessageItem(TypedDict):
    """A message of a conversation."""

    type: NotRequired[Literal["message"]]
    role: Literal["user", "assistant", "system", "developer"]
    content: MessageContent
    id: NotRequired[Name | None]
    """Accepted and replaced by an id of Threadkeep."""
    status: NotRequired[Status | None]
    phase: NotRequired[Literal["commentary", "final_answer"] | None]
