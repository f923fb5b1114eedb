"""The collection and the indexes that a document declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from beanie import Document
    from pymongo import IndexModel


def collection_of(document: type[Document]) -> str:
    """The name of the collection of a document."""
    return str(document.Settings.name)


def indexes_of(document: type[Document]) -> tuple[IndexModel, ...]:
    """The indexes that a document declares, without the one on `_id`."""
    return tuple(getattr(document.Settings, "indexes", ()))
