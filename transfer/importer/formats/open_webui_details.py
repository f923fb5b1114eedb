"""Reads the reasoning and the tool calls that older versions of Open WebUI wrote into the text as `<details>`."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from ..conversations import SourceMessage, call, output, parsed, reasoning

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPENING = re.compile(r'<details type="(reasoning|tool_calls)"')
_END = "</details>"
_ATTRIBUTE = re.compile(r'(?<![a-z_])([a-z_]++)="([^"]*+)"')
_SUMMARY = re.compile(r"^\s*<summary>.*?</summary>\s*", re.DOTALL)
_QUOTE = re.compile(r"^> ?", re.MULTILINE)


class _Details(NamedTuple):
    """An element: its place in the text, its type, its attributes and its content."""

    start: int
    end: int
    kind: str
    attributes: str
    held: str


def _details_in(text: str) -> Iterator[_Details]:
    """The elements of a text. If one has no end, no later one has an end, so the search stops there."""
    position = 0
    while opening := _OPENING.search(text, position):
        begin = text.find(">", opening.end())
        end = text.find(_END, begin) if begin >= 0 else -1
        if end < 0:
            return
        position = end + len(_END)
        position += text.startswith("\n", position)
        yield _Details(opening.start(), position, opening[1], text[opening.end() : begin], text[begin + len(">") : end])


def from_details(role: str, text: str) -> list[SourceMessage]:
    """The messages that the text of one message holds, in its order."""
    if role != "assistant" or "<details type=" not in text:
        return [SourceMessage("", role, text)] if text else []
    found: list[SourceMessage] = []
    position = 0
    for details in _details_in(text):
        found += _said(role, text[position : details.start])
        position = details.end
        if details.kind == "reasoning":
            thought = _QUOTE.sub("", html.unescape(_SUMMARY.sub("", details.held))).strip()
            found += [reasoning("", [], [thought])] if thought else []
        else:
            found += _calls(details.attributes, len(found)) or _said(role, text[details.start : details.end])
    return [*found, *_said(role, text[position:])]


def _said(role: str, text: str) -> list[SourceMessage]:
    return [SourceMessage("", role, text.strip())] if text.strip() else []


def _calls(text: str, index: int) -> list[SourceMessage]:
    """A call and its result, if the attributes name the tool. Else nothing: then the element is a text."""
    attributes = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(text)}
    name = attributes.get("name")
    if not name:
        return []
    call_id = attributes.get("id") or f"call_{index}"
    found = [call("", call_id, name, _value(attributes.get("arguments")))]
    if "result" in attributes:
        found.append(output("", call_id, _value(attributes["result"]), tool_id=name))
    return found


def _value(text: str | None) -> Any:
    """The text, which is the JSON of a text in most versions."""
    try:
        found = parsed(text or "")
    except ValueError:
        return text
    return found if isinstance(found, str) else text
