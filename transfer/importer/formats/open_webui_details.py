"""Reads the reasoning and the tool calls that older versions of Open WebUI wrote into the text as `<details>`."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from ..conversation import SourceMessage
from ..stored_forms import call, output, reasoning

_DETAILS = re.compile(r'<details type="(reasoning|tool_calls)"([^>]*)>(.*?)</details>\n?', re.DOTALL)
_ATTRIBUTE = re.compile(r'([a-z_]+)="([^"]*)"')
_SUMMARY = re.compile(r"^\s*<summary>.*?</summary>\s*", re.DOTALL)
_QUOTE = re.compile(r"^> ?", re.MULTILINE)


def from_details(role: str, text: str) -> list[SourceMessage]:
    """The messages that the text of one message holds, in its order."""
    if role != "assistant" or "<details type=" not in text:
        return [SourceMessage("", role, text)] if text else []
    found: list[SourceMessage] = []
    position = 0
    for details in _DETAILS.finditer(text):
        found += _said(role, text[position : details.start()])
        position = details.end()
        if details[1] == "reasoning":
            thought = _QUOTE.sub("", html.unescape(_SUMMARY.sub("", details[3]))).strip()
            found += [reasoning("", [], [thought])] if thought else []
        else:
            found += _calls(details, len(found))
    return [*found, *_said(role, text[position:])]


def _said(role: str, text: str) -> list[SourceMessage]:
    return [SourceMessage("", role, text.strip())] if text.strip() else []


def _calls(details: re.Match[str], index: int) -> list[SourceMessage]:
    """A call and its result, if the element names the tool; else its text, because nothing is invented."""
    attributes = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(details[2])}
    name = attributes.get("name")
    if not name:
        return _said("assistant", details[0])
    call_id = attributes.get("id") or f"call_{index}"
    found = [call("", call_id, name, _value(attributes.get("arguments")))]
    if "result" in attributes:
        found.append(output("", call_id, _value(attributes["result"]), tool_id=name))
    return found


def _value(text: str | None) -> Any:
    """The text, which is the JSON of a text in most versions."""
    try:
        found = json.loads(text or "")
    except ValueError:
        return text
    return found if isinstance(found, str) else text
