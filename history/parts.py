"""The text of content parts of every API."""

from __future__ import annotations

from typing import Any

Part = dict[str, Any]
Content = str | list[Part]
"""The text of a message, or its parts."""


def split_content(content: Content) -> tuple[str, list[Part] | None]:
    """The text of a message, and its parts. The parts are None if the content is one plain text."""
    if isinstance(content, str):
        return content, None
    return "\n\n".join(filter(None, map(text_of, content))), content


def text_of(part: Part) -> str:
    """The text or the refusal in a part of any API; an empty string if it has neither."""
    text = part.get("text", part.get("refusal", ""))
    if isinstance(text, dict):
        text = text.get("value", "")
    return text if isinstance(text, str) else ""
