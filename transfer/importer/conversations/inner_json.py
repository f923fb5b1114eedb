"""Reads JSON that stands as a text in a value of a file."""

from __future__ import annotations

import json
from typing import Any

from ....json_elements import has_at_most

_MOST_ELEMENTS = 500_000
"""The most keys and values of such a text. Each may take 100 bytes of memory."""


def parsed(text: str) -> Any:
    """The value of the text. Raises `ValueError` if it is no JSON, nested too deeply, or too much for the memory."""
    if not has_at_most(text, _MOST_ELEMENTS):
        raise ValueError(f"a text in it is JSON of more than {_MOST_ELEMENTS:,} keys and values")
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("a text in it is JSON that is nested too deeply") from None
