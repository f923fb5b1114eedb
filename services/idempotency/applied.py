"""Recognises what an earlier try of the same request did, whose answer nobody has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bson

if TYPE_CHECKING:
    from collections.abc import Mapping

_DATES = frozenset({"updated_at", "completed_at", "incomplete_at"})


def is_applied(row: Mapping[str, Any], update: Mapping[str, Any]) -> bool:
    """Whether a row is already as the update would leave it, whenever that was."""
    if any(name in row for name in update.get("$unset", ())):
        return False
    return all(_alike(name, row.get(name), value) for name, value in update["$set"].items())


def _alike(name: str, stored: Any, wanted: Any) -> bool:
    if name in _DATES:
        return (stored is None) == (wanted is None)
    return bson.encode({name: stored}) == bson.encode({name: wanted})  # to Python 1, 1.0 and True are one
