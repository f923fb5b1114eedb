"""The header of a list answer that is not a page: it says that more follows, and where."""

from __future__ import annotations

from urllib.parse import quote


def next_cursor(cursor: str | None) -> list[tuple[bytes, bytes]]:
    """The header `x-next-cursor`, percent-encoded, or no header at the end of the list."""
    return [] if cursor is None else [(b"x-next-cursor", quote(cursor, safe="@").encode())]
