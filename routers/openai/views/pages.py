"""Lists as OpenAI sends them."""

from __future__ import annotations

from typing import Any


def listed(entries: list[dict[str, Any]], *, has_more: bool) -> dict[str, Any]:
    """The envelope: its ids are those of the ends, where there are any."""
    return {
        "object": "list",
        "data": entries,
        "first_id": entries[0]["id"] if entries else None,
        "last_id": entries[-1]["id"] if entries else None,
        "has_more": has_more,
    }
