"""What becomes of documents that an older version wrote: one `Upgrade` for each version of each collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .message import Message
from .optional_key import OMITTED
from .thread import Thread
from .user import User

if TYPE_CHECKING:
    from beanie import Document


@dataclass(frozen=True, slots=True)
class Upgrade:
    """Makes documents of a collection documents of `version`.

    The stages of `update` run in the server, on one document at a time: what is written meanwhile is not lost, and a document
    that has the version already is not touched.
    """

    collection: str
    version: int
    update: list[dict[str, Any]]

    @property
    def outdated(self) -> dict[str, Any]:
        """Which documents have not come as far."""
        return {"schema_version": {"$not": {"$gte": self.version}}}

    def __str__(self) -> str:
        return f"{self.collection} to schema version {self.version}"


def filling(document: type[Document], version: int) -> Upgrade:
    """Give documents the keys that they lack, with the defaults of the document; what they have stays."""
    defaults = {
        name: field.get_default(call_default_factory=True)
        for name, field in document.model_fields.items()
        if not field.is_required() and OMITTED not in field.metadata and not field.exclude
    }
    filled = {"$mergeObjects": [{"$literal": defaults}, "$$ROOT", {"schema_version": version}]}
    return Upgrade(str(document.Settings.name), version, [{"$replaceWith": filled}])


UPGRADES = (
    # Before there were versions, programs left out what was null, empty or 0.
    filling(User, 1),
    filling(Thread, 1),
    filling(Message, 1),
)
"""In the order of their versions."""
