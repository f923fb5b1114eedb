"""Calls of tools that the model's host runs itself: searches, code, images."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import with_config
from typing_extensions import TypedDict

from .....inputs import Text
from ..values import OPEN, one_of
from .calls import Item

SearchStatus = Literal["in_progress", "searching", "completed", "incomplete", "failed"]


@with_config(OPEN)
class Source(TypedDict):
    """A page that was used."""

    type: Literal["url"]
    url: Text


@with_config(OPEN)
class FileFound(TypedDict):
    """What a search in files found."""

    attributes: NotRequired[dict[Text, Text | bool | float] | None]
    file_id: NotRequired[Text | None]
    filename: NotRequired[Text | None]
    score: NotRequired[float | None]
    text: NotRequired[Text | None]


class FileSearchCall(Item):
    """A search in files."""

    type: Literal["file_search_call"]
    queries: list[Text]
    results: NotRequired[list[FileFound] | None]
    status: NotRequired[SearchStatus | None]


@with_config(OPEN)
class Search(TypedDict):
    """To search the web."""

    type: Literal["search"]
    query: NotRequired[Text | None]
    queries: NotRequired[list[Text] | None]
    sources: NotRequired[list[Source] | None]


@with_config(OPEN)
class OpenPage(TypedDict):
    """To open a page."""

    type: Literal["open_page"]
    url: NotRequired[Text | None]


@with_config(OPEN)
class FindInPage(TypedDict):
    """To look for something on a page."""

    type: Literal["find_in_page"]
    pattern: Text
    url: Text


class WebSearchCall(Item):
    """A search in the web."""

    type: Literal["web_search_call"]
    action: Annotated[dict[str, Any], one_of(search=Search, open_page=OpenPage, find_in_page=FindInPage)]
    status: NotRequired[SearchStatus | None]


@with_config(OPEN)
class Logs(TypedDict):
    """What code printed."""

    type: Literal["logs"]
    logs: Text


@with_config(OPEN)
class Image(TypedDict):
    """An image that code made."""

    type: Literal["image"]
    url: Text


class CodeInterpreterCall(Item):
    """Code that was run in a container."""

    type: Literal["code_interpreter_call"]
    container_id: Text
    code: NotRequired[Text | None]
    outputs: NotRequired[list[Annotated[dict[str, Any], one_of(logs=Logs, image=Image)]] | None]
    status: NotRequired[Literal["in_progress", "completed", "incomplete", "interpreting", "failed"] | None]


@with_config(OPEN)
class Moderation(TypedDict):
    """Why an image was not made."""

    categories: list[Text]
    moderation_stage: Literal["input", "output", "unknown"]


@with_config(OPEN)
class ImageError(TypedDict):
    """What went wrong when an image was made."""

    type: Text
    message: Text
    code: NotRequired[Text | None]
    param: NotRequired[Text | None]
    moderation_details: NotRequired[Moderation | None]


@with_config(OPEN)
class SvgUsage(TypedDict):
    """What an image took."""

    model: Text
    input_tokens: int
    output_tokens: int
    reasoning_tokens: int
    total_tokens: int


class ImageGenerationCall(Item):
    """An image that was made."""

    type: Literal["image_generation_call"]
    result: NotRequired[Text | None]
    status: NotRequired[Literal["in_progress", "completed", "generating", "failed"] | None]
    action: NotRequired[Literal["generate", "edit", "auto"] | None]
    background: NotRequired[Literal["transparent", "opaque", "auto"] | None]
    error: NotRequired[ImageError | None]
    output_format: NotRequired[Literal["png", "webp", "jpeg", "gif", "svg"] | None]
    quality: NotRequired[Literal["low", "medium", "high", "xhigh", "max", "auto"] | None]
    revised_prompt: NotRequired[Text | None]
    size: NotRequired[Text | None]
    svg_usage: NotRequired[SvgUsage | None]
