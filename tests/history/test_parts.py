"""The text of content parts: of any API, and of programs that write parts past the API."""

from __future__ import annotations

from typing import Any

import pytest

from threadkeep.history import split_content

PARTS: dict[str, tuple[dict[str, Any], str]] = {
    "a text": ({"type": "text", "text": "Hi"}, "Hi"),
    "a text of the Assistants API": ({"type": "text", "text": {"value": "Hi", "annotations": []}}, "Hi"),
    "a refusal": ({"type": "refusal", "refusal": "No"}, "No"),
    "a picture": ({"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}, ""),
    "a number as text": ({"type": "text", "text": 5}, ""),
    "no text": ({"type": "text", "text": None}, ""),
    "a text without its value": ({"type": "text", "text": {"annotations": []}}, ""),
    "a number as value": ({"type": "text", "text": {"value": 5}}, ""),
    "a list as refusal": ({"type": "refusal", "refusal": ["No"]}, ""),
}


@pytest.mark.parametrize(("part", "text"), PARTS.values(), ids=PARTS)
def test_the_text_of_a_part_is_a_text_whatever_is_stored(part: dict[str, Any], text: str) -> None:
    content = [part, {"type": "text", "text": "end"}]

    assert split_content(content) == ("\n\n".join(filter(None, [text, "end"])), content)
