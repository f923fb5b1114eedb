"""Renders lists in OpenAI's format."""

from __future__ import annotations

from typing import Any


def render_list(entries: list[dict[str, Any]], *, has_more: bool) -> dict[str, Any]:
    """The list object around `entries`. `first_id` and `last_id` are None if the list is empty."""
    return {
        "object": "list",
        "data": entries,
        "first_id": entries[0]["id"] if entries else None,
        "last_id": entries[-1]["id"] if entries else None,
        "has_more": has_more,
    }
