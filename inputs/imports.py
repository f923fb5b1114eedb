"""What callers may say about an import."""

from __future__ import annotations

from typing import Literal

from .moment import Moment
from .query import ListQuery
from .values import Id, Input

Branches = Literal["active", "all"]


class NewImport(Input):
    """How a file is imported."""

    owner_id: Id | None = None
    """The owner of threads for which the file names no user. For keys of users, it can only be the user."""
    at: Moment | None = None
    """The time of conversations for which the file has none. By default, the time of the request."""
    branches: Branches = "active"
    """`all` imports each branch of a conversation as a thread of its own; else branches are left out and counted."""
    update: bool = False
    """Whether a conversation that took another path replaces the stored path, which becomes a branch. Else it is refused."""
    dry_run: bool = False
    """Whether nothing is written. The report then has the counts that the import would have."""


class ImportQuery(ListQuery):
    """Parameters of a page of imports."""
