"""Recognises updates that an earlier try of the same request made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bson

if TYPE_CHECKING:
    from collections.abc import Mapping

_DATES = frozenset({"updated_at", "completed_at", "incomplete_at"})


def is_applied(row: Mapping[str, Any], update: Mapping[str, Any]) -> bool:
    """Whether the row has all values that the update sets. Dates only need to be set or empty as in the update."""
    if any(name in row for name in update.get("$unset", ())):
        return False
    return all(_is_equal(name, row.get(name), value) for name, value in update["$set"].items())


def _is_equal(name: str, stored: Any, wanted: Any) -> bool:
    if name in _DATES:
        return (stored is None) == (wanted is None)
    return bson.encode({name: stored}) == bson.encode({name: wanted})  # in Python, 1 == 1.0 == True
