"""Operations on imports, for input that is validated already."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Any

from ...errors import IdempotencyMismatch, ImportNotFound, TooManyImports, UserNotFound
from ...ids import new_ordered_id
from ...records import ImportRecord, Page
from ..caller_operations import CallerOperations
from ..database import translates_driver_errors
from ..import_jobs import ImportJobs, owner_of_job
from ..repeats import repeats_read
from ..rights import require
from ..validation import is_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ...inputs import ImportQuery, NewImport


class ImportOperations(CallerOperations):
    """Accept, show, list and delete imports, with the rights of one caller.

    Every operation that names an import raises `ImportNotFound` if it does not exist, or belongs to another caller.
    """

    @translates_driver_errors
    async def create(self, new: NewImport, data: AsyncIterator[bytes]) -> ImportRecord:
        """Store the file, and return the import, which waits for a worker.

        A retry of the same request returns the import of the first try, and raises `IdempotencyMismatch` if its file is another
        one. Raises `TooManyImports` if the caller has `max_imports` unfinished ones.
        """
        me = self._caller.user_id
        require(self._caller, "import conversations", user_id=new.owner_id or me)
        if new.owner_id is not None and me is None:
            await self._require_user(new.owner_id)
        request_ids, limits = self._caller.request_ids, self._runtime.limits
        import_id = request_ids.ordered_id_of("import", 0) if request_ids else new_ordered_id("import")
        if self._is_retry or self._is_answered:
            found = await self._jobs.get(import_id)
            if found is not None and found["state"] != "receiving":
                await _require_same(data, found["digest"])
                return ImportRecord.of(found)
            if self._is_answered:
                raise ImportNotFound(import_id)
        if await self._jobs.unfinished(owner_of_job(self._caller)) >= limits.max_imports:
            raise TooManyImports(limits.max_imports)
        await self._jobs.begin(import_id, self._caller, new.model_dump(exclude_none=True))
        try:
            job = await self._jobs.receive(import_id, data, limits.max_import_bytes)
        except BaseException:  # a cancellation too: no file stays behind
            await asyncio.shield(self._jobs.remove(import_id))
            raise
        self._runtime.imports_waiting.set()
        return ImportRecord.of(job)

    @repeats_read
    async def get(self, import_id: str) -> ImportRecord:
        """Return an import with its progress."""
        return ImportRecord.of(await self._own(import_id))

    @repeats_read
    async def page(self, query: ImportQuery) -> Page[ImportRecord]:
        """Return one page of the caller's imports; an admin gets those of all callers."""
        require(self._caller, "import conversations", user_id=self._caller.user_id)
        rows = await self._jobs.page(
            self._owner, limit=query.limit + 1, after=query.after, before=query.before, order=query.order
        )
        has_more = len(rows) > query.limit
        is_backwards = query.before is not None and query.after is None
        rows = rows[-query.limit :] if is_backwards else rows[: query.limit]
        cursor = (rows[0] if is_backwards else rows[-1])["_id"] if has_more and rows else None
        return Page(list(map(ImportRecord.of, rows)), has_more=has_more, next_cursor=cursor)

    @translates_driver_errors
    async def delete(self, import_id: str) -> None:
        """Remove an import and its file. If it runs, it stops; the threads that it has imported stay."""
        if self._is_retry and await self._jobs.get(import_id) is None:
            return
        await self._own(import_id)
        await self._jobs.remove(import_id)

    @property
    def _jobs(self) -> ImportJobs:
        return ImportJobs(self._documents)

    @property
    def _owner(self) -> str | None:
        """Whose imports the caller sees; None for all."""
        return None if self._caller.scope == "admin" else owner_of_job(self._caller)

    async def _own(self, import_id: str) -> dict[str, Any]:
        require(self._caller, "import conversations", user_id=self._caller.user_id)
        job = await self._jobs.get(import_id, self._owner) if is_id(import_id) else None
        if job is None:
            raise ImportNotFound(import_id)
        return job

    async def _require_user(self, user_id: str) -> None:
        user = await self._documents.fast_users.find_one({"_id": user_id, "deleted_at": None}, {"_id": 1})
        if user is None:
            raise UserNotFound(user_id)


async def _require_same(data: AsyncIterator[bytes], digest: str | None) -> None:
    """Read the file of a retry, and raise `IdempotencyMismatch` if it is not the one of the first try."""
    found = hashlib.sha256()
    async for piece in data:
        found.update(piece)
    if found.hexdigest() != digest:
        raise IdempotencyMismatch
