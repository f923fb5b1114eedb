"""Revisions count the changes of a thread or message, up to 2^53 - 1.

Only another program can store so large a revision. Then a change is refused. But everybody can leave a thread, and every
user can be erased: there the revision stays as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..documents import NEWEST
from ..errors import NoNumberLeft

if TYPE_CHECKING:
    from ..documents import MessageRow, ThreadRow

_LARGEST = NEWEST - 1
NEXT_REVISION: dict[str, Any] = {"$min": [{"$add": ["$revision", 1]}, _LARGEST]}
"""The next revision, for an update with a pipeline. The largest revision stays."""


def require_next_revision(row: ThreadRow | MessageRow, name: str) -> None:
    """Raise `NoNumberLeft` if the thread or message can have no next revision. `name` is its name in the error."""
    if row["revision"] >= _LARGEST:
        raise NoNumberLeft(f"The revision of {name} {row['_id']!r}")


def other_revision(revision: int) -> dict[str, Any]:
    """The update that gives a row another revision than this one, so that no other caller who expects it can write."""
    return {"$inc": {"revision": 1 if revision < _LARGEST else -1}}
