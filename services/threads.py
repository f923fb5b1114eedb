"""Make, read, find, change and delete threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..clock import now
from ..errors import PreconditionFailed, ThreadNotFound
from ..ids import new_id
from ..inputs import NewThread, ThreadChanges, ThreadIdsQuery, ThreadQuery
from ..inputs.thread import MetaDataOnly
from ..records import Deleted, Page, ThreadRecord
from .deletion.purge import BATCH, is_deleted, mark_deleted, purge
from .driver_errors import translates_driver_errors
from .idempotency.applied import is_changed
from .metadata_index import fingerprints
from .paging.threads import find_page, newest_thread_ids, thread_ids, threads_of
from .participants import describe, erase_missing, require_participants
from .rights import require
from .service import Service, validate_input, without_none
from .thread_creation import create, create_on_retry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from ..documents import ThreadRow
    from ..inputs import Order


class ThreadService(Service):
    """The verbs of threads. `get` and all that name a thread raise `ThreadNotFound` for one that is not there."""

    async def create_thread(
        self,
        participant_ids: Sequence[str] | None = None,
        meta_data: dict[str, Any] | None = None,
        tool_resources: dict[str, Any] | None = None,
        messages: Sequence[dict[str, Any]] | None = None,
        *,
        owner_id: str | None = None,
    ) -> ThreadRecord:
        """Make a thread; with `messages` it becomes visible together with all of them, in this order, or not at all.

        Without an owner the first participant owns it; the owner always takes part. A thread made without any `meta_data`
        gets `{"topic": ""}`, as in the original service; an empty dict stays empty.

        Raises `InvalidParticipants` naming who is unknown or named twice.
        """
        said = without_none(
            participant_ids=None if participant_ids is None else list(participant_ids),
            meta_data=meta_data,
            tool_resources=tool_resources,
            messages=None if messages is None else list(messages),
            owner_id=owner_id,
        )
        return await self.create(validate_input(NewThread, said, self._runtime.limits))

    @translates_driver_errors
    async def create(self, new: NewThread, *, prefix: str = "thread", thread_id: str | None = None) -> ThreadRecord:
        """`create_thread` for input that is validated already."""
        request_ids = self._caller.request_ids
        thread_id = thread_id or (request_ids.id_of(prefix) if request_ids else new_id(prefix))
        make = create_on_retry if request_ids and request_ids.is_retry else create
        return ThreadRecord.of(await make(self._runtime, self._caller, new, prefix=prefix, thread_id=thread_id))

    @translates_driver_errors
    async def get_thread(self, thread_id: str) -> ThreadRecord:
        """Return one thread."""
        thread = await self._living_thread(thread_id)
        self._require("read this thread", thread)
        return ThreadRecord.of(thread)

    @translates_driver_errors
    async def list_threads(self, user_id: str, *, limit: int | None = None) -> list[str]:
        """The ids of the threads a user takes part in, most recently active first; all of them unless `limit` says less."""
        require(self._caller, "list the threads of this user", user_id=user_id)
        query = validate_input(ThreadIdsQuery, {"limit": limit}, self._runtime.limits)
        if query.limit is not None:
            return await newest_thread_ids(self._runtime, user_id, query.limit)
        return await thread_ids(self._documents, user_id)

    @translates_driver_errors
    async def list_thread_records(self, user_id: str) -> list[ThreadRecord]:
        """The threads a user takes part in, most recently active first; all of them."""
        require(self._caller, "list the threads of this user", user_id=user_id)
        return [ThreadRecord.of(row) for row in await threads_of(self._documents, user_id)]

    @translates_driver_errors
    async def describe_participants(self, thread: ThreadRecord) -> list[dict[str, Any]]:
        """Id, e-mail address and name of everybody who takes part in a thread that the caller has read."""
        return await describe(self._documents, thread["participant_ids"])

    async def find_threads(
        self,
        participant: str | None = None,
        owner: str | None = None,
        meta_data: dict[str, Any] | None = None,
        *,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        active_after: datetime | None = None,
        active_before: datetime | None = None,
        sort: str | None = None,
        limit: int | None = None,
        after: str | None = None,
        before: str | None = None,
        order: Order | None = None,
    ) -> Page[ThreadRecord]:
        """A page of the threads that match everything given, most recently active first unless said otherwise.

        `sort` is `active` (a thread with a new message moves to the front, also while you page) or `created` (never moves).
        `after` and `before` take a thread's id or a page's `next_cursor`; the latter also works when the thread has moved or
        gone since. Dates without a zone are UTC; `…_after` is inclusive, `…_before` is not. A user's key sees only threads
        the user takes part in.
        """
        query = without_none(
            participant=participant,
            owner=owner,
            meta_data=meta_data,
            created_after=created_after,
            created_before=created_before,
            active_after=active_after,
            active_before=active_before,
            sort=sort,
            limit=limit,
            after=after,
            before=before,
            order=order,
        )
        return await self.find(validate_input(ThreadQuery, query, self._runtime.limits))

    @translates_driver_errors
    async def find(self, query: ThreadQuery) -> Page[ThreadRecord]:
        """`find_threads` for a query that is validated already."""
        rows, has_more, next_cursor = await find_page(self._runtime, self._caller, query)
        return Page([ThreadRecord.of(row) for row in rows], has_more=has_more, next_cursor=next_cursor)

    async def iter_threads(self, **filters: Any) -> AsyncIterator[ThreadRecord]:
        """All threads that match, page by page; takes what `find_threads` takes."""
        filters.setdefault("limit", self._runtime.limits.max_records_page)
        while True:
            page = await self.find_threads(**filters)
            for record in page:
                yield record
            if not page.has_more:
                return
            filters["after"] = page.next_cursor

    async def update_thread(
        self,
        thread_id: str,
        *,
        participant_ids: Sequence[str] | None = None,
        meta_data: dict[str, Any] | None = None,
        tool_resources: dict[str, Any] | None = None,
        expected_revision: int | None = None,
    ) -> ThreadRecord:
        """Change a thread: merge `meta_data` key by key, replace the others; what is None stays.

        Raises `PreconditionFailed` if `expected_revision` is given and the thread has another by now.
        """
        said = without_none(
            participant_ids=None if participant_ids is None else list(participant_ids),
            meta_data=meta_data,
            tool_resources=tool_resources,
        )
        changes = validate_input(ThreadChanges, said, self._runtime.limits)
        return await self.update(thread_id, changes, expected_revision=expected_revision)

    @translates_driver_errors
    async def update(
        self,
        thread_id: str,
        changes: ThreadChanges,
        *,
        expected_revision: int | None = None,
        expected_seq: int | None = None,
    ) -> ThreadRecord:
        """`update_thread` for changes that are validated already; `expected_seq` also forbids new messages in between."""
        while True:
            thread = await self._living_thread(thread_id)
            self._require("change this thread", thread)
            fields: dict[str, Any] = {}
            if changes.participant_ids is not None:
                owner = thread["owner_id"]
                await require_participants(self._documents, changes.participant_ids)
                fields["participant_ids"] = [*dict.fromkeys([*changes.participant_ids, *([owner] if owner else [])])]
            if changes.meta_data:
                merged = {**thread["meta_data"], **changes.meta_data}
                validate_input(MetaDataOnly, {"meta_data": merged}, self._runtime.limits)
                fields |= {"meta_data": merged, "meta_data_index": fingerprints(merged)}
            if changes.tool_resources is not None:
                fields["tool_resources"] = changes.tool_resources
            updated = await self._change(thread, fields, expected_revision, expected_seq)
            if updated is not None and await erase_missing(self._documents, fields.get("participant_ids", ())):
                updated = await self._living_thread(thread_id)
            if updated is not None:
                return ThreadRecord.of(updated)

    async def update_metadata(
        self, thread_id: str, new_metadata: dict[str, Any], *, expected_revision: int | None = None
    ) -> ThreadRecord:
        """Replace the whole `meta_data` of a thread."""
        meta_data = validate_input(MetaDataOnly, {"meta_data": new_metadata}, self._runtime.limits).meta_data
        return await self.replace_metadata(thread_id, meta_data, expected_revision=expected_revision)

    @translates_driver_errors
    async def replace_metadata(
        self,
        thread_id: str,
        meta_data: dict[str, Any],
        *,
        expected_revision: int | None = None,
        expected_seq: int | None = None,
    ) -> ThreadRecord:
        """`update_metadata` for a dict that is validated already."""
        fields = {"meta_data": meta_data, "meta_data_index": fingerprints(meta_data)}
        while True:
            thread = await self._living_thread(thread_id)
            self._require("change this thread", thread)
            updated = await self._change(thread, fields, expected_revision, expected_seq)
            if updated is not None:
                return ThreadRecord.of(updated)

    @translates_driver_errors
    async def delete_thread(
        self, thread_id: str, *, expected_revision: int | None = None, expected_seq: int | None = None
    ) -> Deleted:
        """Delete a thread with all its messages.

        From the answer on, every door says it does not exist and nothing can be added to it. A short thread is gone from the
        database as well; a long one is removed in the background, and by the sweeper if the process ends before.

        Raises `PreconditionFailed` if `expected_revision` is given and the thread has another by now, or `expected_seq`
        and somebody wrote to it since.
        """
        if self._is_retry and await is_deleted(self._documents, thread_id):
            return Deleted.of("thread", thread_id)
        if self._caller.scope == "user":
            self._require("delete this thread", await self._living_thread(thread_id))
        unchanged = without_none(revision=expected_revision, last_seq=expected_seq)
        last_seq = await mark_deleted(self._documents, thread_id, **unchanged) if isinstance(thread_id, str) else None
        if last_seq is None:
            if unchanged:
                await self._living_thread(thread_id)
                raise PreconditionFailed(f"Thread {thread_id!r}")
            raise ThreadNotFound(thread_id)
        self._runtime.appender.forget(thread_id)
        if last_seq <= BATCH:
            await purge(self._documents, thread_id, last_seq)
        else:
            removal = purge(self._documents, thread_id, last_seq, gently=True)
            self._runtime.background.start(removal, f"purge {thread_id}")
        return Deleted.of("thread", thread_id)

    async def _change(
        self, thread: ThreadRow, fields: dict[str, Any], expected_revision: int | None, expected_seq: int | None
    ) -> ThreadRow | None:
        """Write the fields if nobody changed the thread since it was read; None if somebody did and it may be tried again."""
        ours = expected_revision in (None, thread["revision"], thread["revision"] - 1)
        if self._is_retry and ours and is_changed(thread, {"$set": fields}):
            return thread
        wrong = expected_revision not in (None, thread["revision"]) or expected_seq not in (None, thread["last_seq"])
        unchanged = {"_id": thread["_id"], "deleted_at": None, "revision": thread["revision"]}
        if expected_seq is not None:
            unchanged["last_seq"] = expected_seq
        updated = None
        if not wrong:
            updated = await self._documents.threads.find_one_and_update(
                unchanged, {"$set": {**fields, "updated_at": now()}, "$inc": {"revision": 1}}, return_document=True
            )
        if updated is None and (expected_revision is not None or expected_seq is not None):
            raise PreconditionFailed(f"Thread {thread['_id']!r}")
        return updated

    def _require(self, action: Any, thread: ThreadRow) -> None:
        require(self._caller, action, owner_id=thread["owner_id"], participant_ids=thread["participant_ids"])
