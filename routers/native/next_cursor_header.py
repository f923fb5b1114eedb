"""The header that continues a list which is not a page: it has the cursor of the next part."""

from __future__ import annotations

from urllib.parse import quote


def next_cursor(cursor: str | None) -> list[tuple[bytes, bytes]]:
    """The header `x-next-cursor`, percent-encoded, or no header at the end of the list."""
    return [] if cursor is None else [(b"x-next-cursor", quote(cursor, safe="@").encode())]
