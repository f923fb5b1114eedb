"""Import files in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import explains_arguments
from ..inputs import ImportQuery, NewImport
from ..uploads import read_upload_in_thread
from .requested_ids import checks_ids
from .validation import validate_input, without_none

if TYPE_CHECKING:
    import os
    from datetime import datetime

    from ..inputs import Branches, Order
    from ..records import ImportRecord, Page
    from ..settings import Limits
    from .operations import ImportOperations


@explains_arguments
@checks_ids
class ImportService:
    """Imports of files from other programs, which run in the background (`docs/importing.md`).

    An import belongs to the user of the key, or to the key if it is for no user. Others get `ImportNotFound`; admins see all.
    """

    def __init__(self, operations: ImportOperations, limits: Limits) -> None:
        self._operations = operations
        self._limits = limits

    async def create_import(
        self,
        file: bytes | str | os.PathLike[str],
        *,
        owner_id: str | None = None,
        at: datetime | None = None,
        branches: Branches = "active",
        update: bool = False,
        dry_run: bool = False,
    ) -> ImportRecord:
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
        values = without_none(owner_id=owner_id, at=at, branches=branches, update=update, dry_run=dry_run)
        new = validate_input(NewImport, values, self._limits)
        return await self._operations.create(new, await read_upload_in_thread(file))

    async def get_import(self, import_id: str) -> ImportRecord:
        """Return an import: its `state`, its progress (`done` of `total` bytes) and its `report`.

        The state is "waiting", "running", "done", or "failed" with an `error`. The report has the counts of
        `threadkeep import`, and the first 100 `problems`. A finished import is kept for a week.
        """
        return await self._operations.get(import_id)

    async def list_imports(
        self, limit: int | None = None, *, after: str | None = None, before: str | None = None, order: Order = "desc"
    ) -> Page[ImportRecord]:
        """Return one page of the caller's imports, newest first unless `order` is "asc". Admins get those of all callers.

        `limit` is 1 to 100 (20 if it is not given). `after` and `before` take the id of an import.
        """
        values = without_none(limit=limit, after=after, before=before, order=order)
        return await self._operations.page(validate_input(ImportQuery, values, self._limits))

    async def delete_import(self, import_id: str) -> None:
        """Remove an import and its file. If it runs, it stops within seconds; the threads that it has imported stay."""
        await self._operations.delete(import_id)
