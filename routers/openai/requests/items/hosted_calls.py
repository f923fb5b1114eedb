"""Request models of the calls of tools that the model's host runs: searches, code, images."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import with_config
from typing_extensions import TypedDict

from .....inputs import Entries, FewFields, Text
from ..values import OPEN, one_of
from .calls import ItemBase

SearchStatus = Literal["in_progress", "searching", "completed", "incomplete", "failed"]


@with_config(OPEN)
class Source(TypedDict):
    """A page that the search used."""

    type: Literal["url"]
    url: Text


@with_config(OPEN)
class FileFound(TypedDict):
    """One result of a search in files."""

    attributes: NotRequired[Annotated[dict[Text, Text | bool | float], FewFields] | None]
    file_id: NotRequired[Text | None]
    filename: NotRequired[Text | None]
    score: NotRequired[float | None]
    text: NotRequired[Text | None]


class FileSearchCall(ItemBase):
    """A search in files."""

    type: Literal["file_search_call"]
    queries: Entries[Text]
    results: NotRequired[Entries[FileFound] | None]
    status: NotRequired[SearchStatus | None]


@with_config(OPEN)
class Search(TypedDict):
    """The action: search the web."""

    type: Literal["search"]
    query: NotRequired[Text | None]
    queries: NotRequired[Entries[Text] | None]
    sources: NotRequired[Entries[Source] | None]


@with_config(OPEN)
class OpenPage(TypedDict):
    """The action: open a page."""

    type: Literal["open_page"]
    url: NotRequired[Text | None]


@with_config(OPEN)
class FindInPage(TypedDict):
    """The action: find a pattern on a page."""

    type: Literal["find_in_page"]
    pattern: Text
    url: Text


class WebSearchCall(ItemBase):
    """A search of the web."""

    type: Literal["web_search_call"]
    action: Annotated[dict[str, Any], one_of(search=Search, open_page=OpenPage, find_in_page=FindInPage)]
    status: NotRequired[SearchStatus | None]


@with_config(OPEN)
class Logs(TypedDict):
    """The text that the code printed."""

    type: Literal["logs"]
    logs: Text


@with_config(OPEN)
class Image(TypedDict):
    """An image that the code made."""

    type: Literal["image"]
    url: Text


class CodeInterpreterCall(ItemBase):
    """Code that ran in a container, with its outputs."""

    type: Literal["code_interpreter_call"]
    container_id: Text
    code: NotRequired[Text | None]
    outputs: NotRequired[Entries[Annotated[dict[str, Any], one_of(logs=Logs, image=Image)]] | None]
    status: NotRequired[Literal["in_progress", "completed", "incomplete", "interpreting", "failed"] | None]


@with_config(OPEN)
class Moderation(TypedDict):
    """The reasons why the host refused to make an image."""

    categories: Entries[Text]
    moderation_stage: Literal["input", "output", "unknown"]


@with_config(OPEN)
class ImageError(TypedDict):
    """The error that the generation of an image ended with."""

    type: Text
    message: Text
    code: NotRequired[Text | None]
    param: NotRequired[Text | None]
    moderation_details: NotRequired[Moderation | None]


@with_config(OPEN)
class SvgUsage(TypedDict):
    """The tokens that an SVG image took."""

    model: Text
    input_tokens: int
    output_tokens: int
    reasoning_tokens: int
    total_tokens: int


class ImageGenerationCall(ItemBase):
    """The generation of an image, with its result or error."""

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
