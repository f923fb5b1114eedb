"""Operations on threads, for input that is validated already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...clock import now
from ...errors import Conflict, ExternalIdTaken, IdTaken, PreconditionFailed, ThreadNotFound
from ...ids import new_id
from ...records import Deleted, Page, ThreadRecord
from ..audit_trail import add_audit_entry
from ..caller_operations import CallerOperations
from ..creation import create_thread, create_thread_on_retry, holder_of
from ..database import Tries, find_one_and_grow, translates_driver_errors, twice
from ..deletion import is_thread_deleted, mark_deleted, purge, removal_of
from ..external_ids import ExternalIdClaim
from ..idempotency import is_applied
from ..metadata_index import fingerprints
from ..paging import thread_ids, thread_page, threads_of
from ..participants import describe, erase_missing, require_participants, require_right_to_add
from ..repeats import repeats_change, repeats_read
from ..revisions import require_next_revision
from ..rights import require
from ..thread_changes import changed_fields, set_or_remove
from ..validation import is_id, without_none

if TYPE_CHECKING:
    from ...documents import ThreadRow
    from ...inputs import NewThread, NewThreadFields, ThreadChanges, ThreadIdsQuery, ThreadQuery
    from ..rights import Action


class ThreadOperations(CallerOperations):
    """Create, read, find, change and delete threads, with the rights of one caller.

    Every operation that names a thread raises `ThreadNotFound` if the thread does not exist.
    """

    @translates_driver_errors
    async def create(self, new: NewThread, *, prefix: str = "thread", thread_id: str | None = None) -> ThreadRecord:
        """Create a thread, with its messages if there are any. A retry returns the thread of the first try."""
        request_ids = self._caller.request_ids
        chosen = thread_id is not None
        new_thread_id = thread_id or (request_ids.id_of(prefix) if request_ids else new_id(prefix))
        if self._is_answered:
            return await self._created_thread(new_thread_id)

        async def insert(*, is_retry: bool) -> ThreadRow:
            make = create_thread_on_retry if is_retry else create_thread
            return await make(self._runtime, self._caller, new, prefix=prefix, thread_id=new_thread_id)

        if chosen:  # after a retry, the thread of somebody else with this id would look like ours
            return ThreadRecord.of(await insert(is_retry=self._is_retry))
        row = await twice(lambda: insert(is_retry=self._is_retry), lambda: insert(is_retry=True))
        return ThreadRecord.of(row)

    @repeats_change
    async def ensure(self, external_id: str, fields: NewThreadFields) -> tuple[ThreadRecord, bool]:
        """Return the thread that has the external id, and whether this call created it. Creates at most one, in any race.

        A thread that exists is not changed: the `fields` are for a new thread.
        """
        if self._is_answered:
            return await self.get_by_external_id(external_id), False
        new = fields.named(external_id)
        tries = Tries()
        while True:
            tries.begin()
            holder = await self._holder_of(external_id)
            if holder is not None:
                return ThreadRecord.of(holder), False
            try:
                row = await create_thread(self._runtime, self._caller, new, prefix="thread", thread_id=new_id("thread"))
            except ExternalIdTaken:
                continue
            return ThreadRecord.of(row), True

    @repeats_read
    async def get_by_external_id(self, external_id: str) -> ThreadRecord:
        """Return the thread that has the external id."""
        holder = await self._holder_of(external_id)
        if holder is None:
            raise ThreadNotFound(external_id)
        return ThreadRecord.of(holder)

    async def _holder_of(self, external_id: str) -> ThreadRow | None:
        """The living thread that has the external id, if the caller may read it. None if there is none."""
        claim = ExternalIdClaim(self._documents, self._caller, "thread", external_id)
        row = (await holder_of(self._documents, claim)).row
        if row is not None:
            self._require("read this thread", row)
        return row

    @repeats_read
    async def get(self, thread_id: str) -> ThreadRecord:
        """Return one thread."""
        thread = await self._living_thread(thread_id)
        self._require("read this thread", thread)
        return ThreadRecord.of(thread)

    @repeats_read
    async def page(self, query: ThreadQuery) -> Page[ThreadRecord]:
        """Return one page of the threads that match the query."""
        rows, has_more, next_cursor = await thread_page(
            self._documents, self._runtime.time_windows, self._caller, query, self._runtime.limits.max_page_elements
        )
        return Page([ThreadRecord.of(row) for row in rows], has_more=has_more, next_cursor=next_cursor)

    @repeats_read
    async def list_ids(self, user_id: str, query: ThreadIdsQuery) -> tuple[list[str], str | None]:
        """Return the ids of a participant's threads, the most recently active first.

        Also returns the value of `after` with which the list continues, or None at its end. One call returns at most 10,000.
        """
        self._require_id_of_user(user_id)
        require(self._caller, "list the threads of this user", user_id=user_id)
        runtime = self._runtime
        return await thread_ids(self._documents, runtime.time_windows, user_id, query, runtime.tuning.listed_at_once)

    @repeats_read
    async def list_records(self, user_id: str, query: ThreadIdsQuery) -> tuple[list[ThreadRecord], str | None]:
        """Return threads of a participant, the most recently active first, with the value of `after` like `list_ids`.

        One call returns no more bytes than a page has.
        """
        self._require_id_of_user(user_id)
        require(self._caller, "list the threads of this user", user_id=user_id)
        runtime = self._runtime
        rows, cursor = await threads_of(
            self._documents,
            runtime.time_windows,
            user_id,
            query,
            runtime.tuning.listed_at_once,
            page_elements=runtime.limits.max_page_elements,
        )
        return [ThreadRecord.of(row) for row in rows], cursor

    @repeats_read
    async def describe_participants(self, thread: ThreadRecord) -> list[dict[str, Any]]:
        """Return id, e-mail address and name of each participant of a thread that the caller has read.

        The key of a user sees no address of others, and their names only if `participants_see_names` is set.
        """
        names = self._runtime.limits.participants_see_names
        return await describe(self._documents, self._caller, thread["participant_ids"], names=names)

    @repeats_change
    async def remove_participant(self, thread_id: str, user_id: str) -> Deleted:
        """Remove a participant, who may be the caller's user. Does nothing if the user is no participant."""
        self._require_id_of_user(user_id)
        removed = Deleted.of("thread.participant", user_id)
        if self._is_answered:
            return removed
        thread = await self._living_thread(thread_id)
        require(self._caller, "remove this participant", user_id=user_id, owner_id=thread["owner_id"])
        if user_id not in thread["participant_ids"]:
            if not self._is_retry:  # after a retry the caller's user may have left the thread
                self._require("read this thread", thread)
            return removed
        if user_id == thread["owner_id"]:
            raise Conflict("The owner stays a participant. Delete the thread instead.")
        await self._documents.threads.update_one(
            {"_id": thread_id, "deleted_at": None},
            removal_of(user_id),
        )
        return removed

    @repeats_change
    async def update(
        self,
        thread_id: str,
        changes: ThreadChanges,
        *,
        expected_revision: int | None = None,
        expected_seq: int | None = None,
    ) -> ThreadRecord:
        """Change a thread. `expected_seq` also refuses the change if messages were appended in between."""
        if self._is_answered:
            return await self.get(thread_id)
        tries = Tries()
        while True:
            tries.begin()
            thread = await self._living_thread(thread_id)
            self._require("change this thread", thread)
            fields = await self._changed_fields(thread, changes)
            updated = await self._change(thread, fields, expected_revision, expected_seq)
            if updated is not None and await erase_missing(self._documents, fields.get("participant_ids", ())):
                updated = await self._living_thread(thread_id)
            if updated is not None:
                return ThreadRecord.of(updated)

    @repeats_change
    async def replace_metadata(
        self,
        thread_id: str,
        meta_data: dict[str, Any],
        *,
        expected_revision: int | None = None,
        expected_seq: int | None = None,
    ) -> ThreadRecord:
        """Replace the whole `meta_data` of a thread."""
        if self._is_answered:
            return await self.get(thread_id)
        fields = {"meta_data": meta_data, "meta_data_index": fingerprints(meta_data)}
        tries = Tries()
        while True:
            tries.begin()
            thread = await self._living_thread(thread_id)
            self._require("change this thread", thread)
            updated = await self._change(thread, fields, expected_revision, expected_seq)
            if updated is not None:
                return ThreadRecord.of(updated)

    @repeats_change
    async def delete(
        self, thread_id: str, *, expected_revision: int | None = None, expected_seq: int | None = None
    ) -> Deleted:
        """Delete a thread with all its messages. A thread of more than 1,000 messages is purged in the background."""
        if self._is_answered:
            return Deleted.of("thread", thread_id)
        if self._is_retry and await is_thread_deleted(self._documents, thread_id):
            await add_audit_entry(self._runtime, self._caller, "thread.deleted", thread_id)
            return Deleted.of("thread", thread_id)
        if self._caller.scope == "user":
            self._require("delete this thread", await self._living_thread(thread_id))
        unchanged = without_none(revision=expected_revision, last_seq=expected_seq)
        last_seq = await mark_deleted(self._documents, thread_id, **unchanged) if is_id(thread_id) else None
        if last_seq is None:
            if unchanged:
                await self._living_thread(thread_id)
                raise PreconditionFailed(f"Thread {thread_id!r}")
            raise ThreadNotFound(thread_id)
        self._runtime.appender.forget(thread_id)
        await add_audit_entry(self._runtime, self._caller, "thread.deleted", thread_id)
        if last_seq <= self._runtime.tuning.purge_at_once:
            await purge(self._documents, thread_id, last_seq)
        else:
            removal = purge(self._documents, thread_id, last_seq, gently=True)
            self._runtime.background.start(removal, f"purge {thread_id}")
        return Deleted.of("thread", thread_id)

    async def _created_thread(self, thread_id: str) -> ThreadRecord:
        """The thread that an answered request created. Raises `IdTaken` if it was deleted since."""
        try:
            return await self.get(thread_id)
        except ThreadNotFound:
            raise IdTaken(thread_id, deleted=True) from None

    async def _changed_fields(self, thread: ThreadRow, changes: ThreadChanges) -> dict[str, Any]:
        """The stored fields that the changes set: `meta_data` is merged, the others are replaced."""
        fields = changed_fields(thread, changes, self._runtime.limits)
        if changes.participant_ids is not None:
            owner = thread["owner_id"]
            added = [one for one in changes.participant_ids if one not in thread["participant_ids"]]
            await require_right_to_add(self._documents, self._caller, added)
            await require_participants(self._documents, changes.participant_ids)
            fields["participant_ids"] = [*dict.fromkeys([*changes.participant_ids, *([owner] if owner else [])])]
        return fields

    async def _change(
        self, thread: ThreadRow, fields: dict[str, Any], expected_revision: int | None, expected_seq: int | None
    ) -> ThreadRow | None:
        """Write the fields if the thread has not changed since it was read.

        Returns None if it has changed and the caller expected no revision or number: the change may be tried again.
        """
        own_revision = expected_revision in (None, thread["revision"], thread["revision"] - 1)
        if self._is_retry and own_revision and is_applied(thread, set_or_remove(fields)):
            return thread
        wrong = expected_revision not in (None, thread["revision"]) or expected_seq not in (None, thread["last_seq"])
        unchanged = {"_id": thread["_id"], "deleted_at": None, "revision": thread["revision"]}
        if expected_seq is not None:
            unchanged["last_seq"] = expected_seq
        updated = None
        if not wrong:
            require_next_revision(thread, "thread")
            update = {**set_or_remove({**fields, "updated_at": now()}), "$inc": {"revision": 1}}
            updated = await find_one_and_grow(self._documents.threads, unchanged, update, row=thread, field="thread")
        if updated is None and (expected_revision is not None or expected_seq is not None):
            raise PreconditionFailed(f"Thread {thread['_id']!r}")
        return updated

    def _require(self, action: Action, thread: ThreadRow) -> None:
        require(self._caller, action, owner_id=thread["owner_id"], participant_ids=thread["participant_ids"])
