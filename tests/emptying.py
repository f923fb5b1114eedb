"""Makes a used database ready for another test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymongo.database import Database


def empty(database: Database[dict[str, Any]], **kept: Any) -> None:
    """Remove every document, but for `kept`: a filter for a collection's name."""
    for name in database.list_collection_names(filter={"type": "collection"}):
        if not name.startswith("system."):  # where MongoDB keeps the views
            database[name].delete_many(kept.get(name, {}))
