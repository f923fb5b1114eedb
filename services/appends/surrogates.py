"""Chunks that split a character: JSON writes an emoji as two escapes, and a client may end a chunk between the two.

MongoDB stores no half characters. So such a chunk is stored as JSON behind a mark, and judged when all chunks are there.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MARK = "\0json:"


def stored_chunk(text: str) -> str:
    """The chunk in the form in which a draft stores it."""
    return _MARK + json.dumps(text) if text.startswith(_MARK) or not _is_storable(text) else text


def joined_text(chunks: Iterable[str]) -> str | None:
    """The text of stored chunks. None if it is not valid Unicode, although half characters are joined."""
    text = "".join(json.loads(chunk[len(_MARK) :]) if chunk.startswith(_MARK) else chunk for chunk in chunks)
    if _is_storable(text):
        return text
    try:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        return None


def _is_storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
