"""Builds the calls of `import_service`: one function for each method of the clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import ImportNotFound
from ..records import ImportRecord
from .call import Call, page_of, segment, without_none

if TYPE_CHECKING:
    import os
    from datetime import datetime

    from ..inputs import Branches, Order
    from ..records import Page

_page = page_of(ImportRecord)


def _path(import_id: str) -> str:
    return f"/v1/imports/{segment(import_id, ImportNotFound)}"


def create_import(
    file: bytes | str | os.PathLike[str],
    *,
    owner_id: str | None = None,
    at: datetime | None = None,
    branches: Branches = "active",
    update: bool = False,
    dry_run: bool = False,
) -> Call[ImportRecord]:
    """Send a file, and return the import, which runs in the background. `get_import` returns its progress.

    `file` is the path of a file, or its bytes: any format that `threadkeep import formats` lists, also as a zip file, of at
    most `max_import_bytes`. The other arguments are the options of `threadkeep import`.

    With the key of a user, the user becomes the owner of all threads, even if the file names other users. A service names
    the `owner_id` of threads for which the file names no user. Each thread is imported completely or not at all. A second
    import adds only new threads and new messages.

    Raises `TooManyImports` if `max_imports` imports of this caller are not finished. Raises `TooLarge` above
    `max_import_bytes`. Raises `UserNotFound` for an unknown `owner_id`, and `Forbidden` if a user names another user.
    Raises `Unavailable` if the database is away.
    """
    query = without_none(owner_id=owner_id, at=at, branches=branches, update=update, dry_run=dry_run)
    return Call("POST", "/v1/imports", ImportRecord, query=query, upload=file)


def get_import(import_id: str) -> Call[ImportRecord]:
    """Return an import: its `state`, its progress (`done` of `total` bytes) and its `report`.

    The state is "waiting", "running", "done", or "failed" with an `error`. The report has the counts of
    `threadkeep import`, and the first 100 `problems`. A finished import is kept for a week.
    """
    return Call("GET", _path(import_id), ImportRecord)


def list_imports(
    limit: int | None = None, *, after: str | None = None, before: str | None = None, order: Order = "desc"
) -> Call[Page[ImportRecord]]:
    """Return one page of the caller's imports, newest first unless `order` is "asc". Admins get those of all callers.

    `limit` is 1 to 100 (20 if it is not given). `after` and `before` take the id of an import.
    """
    query = without_none(limit=limit, after=after, before=before, order=order)
    return Call("GET", "/v1/imports", _page, query=query)


def delete_import(import_id: str) -> Call[None]:
    """Remove an import and its file. If it runs, it stops within seconds; the threads that it has imported stay."""
    return Call("DELETE", _path(import_id), _nothing)


def _nothing(_: Any) -> None:
    return None
