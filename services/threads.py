"""Create, read, find, change and delete threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, Unpack

from ..errors import explains_arguments
from ..inputs import EnsuredThread, ExternalIdOnly, MetaDataOnly, NewThread, ThreadChanges, ThreadIdsQuery, ThreadQuery
from ..json_values import entries
from .requested_ids import checks_ids
from .validation import expected_counter, validate_input, without_none

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from datetime import datetime

    from ..inputs import MessageInput, Order, Sort, ThreadFilters
    from ..records import Deleted, Page, ThreadRecord
    from ..settings import Limits
    from .operations import ThreadOperations

T = TypeVar("T")


@explains_arguments
@checks_ids
class ThreadService:
    """The methods of threads.

    Every method that names a thread raises `ThreadNotFound` if the thread does not exist. Every method raises `Forbidden` if
    the caller has no right to it, and `Unavailable` if the database is away. For an invalid argument, it raises `InvalidInput`,
    which names the field and the rule.
    """

    def __init__(self, operations: ThreadOperations, limits: Limits) -> None:
        self._operations = operations
        self._limits = limits

    async def create_thread(
        self,
        participant_ids: Sequence[str] | None = None,
        meta_data: dict[str, Any] | None = None,
        tool_resources: dict[str, Any] | None = None,
        messages: Sequence[MessageInput] | None = None,
        *,
        title: str | None = None,
        archived: bool | None = None,
        pinned: bool | None = None,
        labels: Sequence[str] | None = None,
        owner_id: str | None = None,
        external_id: str | None = None,
    ) -> ThreadRecord:
        """Create a thread. With `messages`, the thread and all of them become visible together, in this order.

        If no `owner_id` is given, the first participant is the owner. The owner is always a participant. A thread that is
        created without `meta_data` gets `{"topic": ""}`, as in the original service; an empty dict stays empty.

        `title` (up to 256 characters), `archived`, `pinned` and `labels` (up to 32) are for lists of threads.

        `external_id` is the name of the thread in the application: any text of 1 to 256 characters. When the thread is
        deleted, the name is free again.

        Raises `InvalidParticipants` naming each user that does not exist or is named twice, and `ExternalIdTaken`.
        """
        values = without_none(
            external_id=external_id,
            participant_ids=entries(participant_ids),
            meta_data=meta_data,
            tool_resources=tool_resources,
            messages=entries(messages),
            title=title,
            archived=archived,
            pinned=pinned,
            labels=entries(labels),
            owner_id=owner_id,
        )
        return await self._operations.create(validate_input(NewThread, values, self._limits))

    async def ensure_thread(
        self,
        external_id: str,
        participant_ids: Sequence[str] | None = None,
        meta_data: dict[str, Any] | None = None,
        tool_resources: dict[str, Any] | None = None,
        *,
        title: str | None = None,
        archived: bool | None = None,
        pinned: bool | None = None,
        labels: Sequence[str] | None = None,
        owner_id: str | None = None,
    ) -> ThreadRecord:
        """Return the thread whose name in the application is `external_id`. Create the thread if there is none.

        Any number of callers may race, in any process: they all get one thread. The other arguments are for a new thread
        (those of `create_thread`). A thread that exists is not changed. If it was deleted, a new thread is created.

        `external_id` is any text of 1 to 256 characters. The keys of a user find and create only external ids of their own.
        """
        values = without_none(
            external_id=external_id,
            participant_ids=None if participant_ids is None else list(participant_ids),
            meta_data=meta_data,
            tool_resources=tool_resources,
            title=title,
            archived=archived,
            pinned=pinned,
            labels=entries(labels),
            owner_id=owner_id,
        )
        new = validate_input(EnsuredThread, values, self._limits)
        return (await self._operations.ensure(new.external_id, new))[0]

    async def get_thread_by_external_id(self, external_id: str) -> ThreadRecord:
        """Return the thread whose name in the application is `external_id`."""
        query = validate_input(ExternalIdOnly, {"external_id": external_id}, self._limits)
        return await self._operations.get_by_external_id(query.external_id)

    async def get_thread(self, thread_id: str) -> ThreadRecord:
        """Return one thread."""
        return await self._operations.get(thread_id)

    async def list_threads(self, user_id: str, *, limit: int | None = None) -> list[str]:
        """Return the ids of the threads of a participant, the most recently active first.

        Returns at most `limit` ids, or all of them if it is not given.
        """
        query = validate_input(ThreadIdsQuery, {"limit": limit}, self._limits)
        return await _whole(lambda part: self._operations.list_ids(user_id, part), query)

    async def list_thread_records(self, user_id: str) -> list[ThreadRecord]:
        """Return all threads of a participant, the most recently active first. `find_threads` returns them in pages."""
        return await _whole(lambda part: self._operations.list_records(user_id, part), ThreadIdsQuery())

    async def find_threads(
        self,
        participant: str | None = None,
        owner: str | None = None,
        meta_data: dict[str, Any] | None = None,
        *,
        external_id: str | None = None,
        archived: bool | None = None,
        pinned: bool | None = None,
        labels: Sequence[str] | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        active_after: datetime | None = None,
        active_before: datetime | None = None,
        sort: Sort | None = None,
        limit: int | None = None,
        after: str | None = None,
        before: str | None = None,
        order: Order | None = None,
    ) -> Page[ThreadRecord]:
        """Return one page of the threads that match every given filter.

        `meta_data` matches threads that have each of these keys with exactly this value. `…_after` is inclusive and
        `…_before` is exclusive. Dates without a time zone are UTC.

        `archived` is True for archived threads only, and False for the others; `pinned` likewise. `labels` matches threads that
        have at least one of the labels.

        `sort` is "active" (the default) or "created". With "active", a thread with a new message moves to the front, also while
        a caller reads pages. With "created", the order never changes. `order` is "desc" (the default) or "asc". `limit` is 1 to
        100 (20 if it is not given). `after` and `before` take the id of a thread or a page's `next_cursor`. `next_cursor` also
        works if the thread was changed or deleted since.

        The key of a user finds only threads in which the user is a participant.
        """
        values = without_none(
            participant=participant,
            owner=owner,
            meta_data=meta_data,
            external_id=external_id,
            archived=archived,
            pinned=pinned,
            labels=entries(labels),
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
        return await self._operations.page(validate_input(ThreadQuery, values, self._limits))

    async def iter_threads(self, **filters: Unpack[ThreadFilters]) -> AsyncIterator[ThreadRecord]:
        """Iterate over all threads that match, page by page. Takes the arguments of `find_threads`."""
        filters.setdefault("limit", self._limits.max_records_page)
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
        title: str | None = None,
        archived: bool | None = None,
        pinned: bool | None = None,
        labels: Sequence[str] | None = None,
        expected_revision: int | None = None,
    ) -> ThreadRecord:
        """Change a thread: `meta_data` is merged key by key, the other fields are replaced. None changes nothing.

        An empty `title` removes the title. An empty list of `labels` removes all labels.

        Raises `PreconditionFailed` if `expected_revision` is given and is not the revision of the thread.
        """
        values = without_none(
            participant_ids=entries(participant_ids),
            meta_data=meta_data,
            tool_resources=tool_resources,
            title=title,
            archived=archived,
            pinned=pinned,
            labels=entries(labels),
        )
        expected_revision = expected_counter("expected_revision", expected_revision)
        changes = validate_input(ThreadChanges, values, self._limits)
        return await self._operations.update(thread_id, changes, expected_revision=expected_revision)

    async def update_metadata(
        self, thread_id: str, new_metadata: dict[str, Any], *, expected_revision: int | None = None
    ) -> ThreadRecord:
        """Replace the whole `meta_data` of a thread.

        Raises `PreconditionFailed` if `expected_revision` is given and is not the revision of the thread.
        """
        expected_revision = expected_counter("expected_revision", expected_revision)
        meta_data = validate_input(MetaDataOnly, {"meta_data": new_metadata}, self._limits).meta_data
        return await self._operations.replace_metadata(thread_id, meta_data, expected_revision=expected_revision)

    async def delete_thread(
        self, thread_id: str, *, expected_revision: int | None = None, expected_seq: int | None = None
    ) -> Deleted:
        """Delete a thread with all its messages.

        The thread does not exist for any reader from the return of this call on, and no message can be appended to it.
        Threads of up to 1,000 messages are also removed from the database. Longer ones are removed in the background, or
        by the sweeper if the process ends first.

        Raises `PreconditionFailed` if `expected_revision` is given and is not the revision of the thread. The same
        error is raised if `expected_seq` is given and is not the number of its newest message.
        """
        expected_revision = expected_counter("expected_revision", expected_revision)
        expected_seq = expected_counter("expected_seq", expected_seq)
        return await self._operations.delete(thread_id, expected_revision=expected_revision, expected_seq=expected_seq)

    async def remove_participant(self, thread_id: str, user_id: str) -> Deleted:
        """Remove a participant from a thread. A user may leave a thread: the key of a user removes its own user.

        The owner of a thread removes anybody else, and stays a participant. Nothing happens if the user is no participant.
        Messages that the user sent stay.
        """
        return await self._operations.remove_participant(thread_id, user_id)


async def _whole(
    read: Callable[[ThreadIdsQuery], Awaitable[tuple[list[T], str | None]]], query: ThreadIdsQuery
) -> list[T]:
    """The whole list, whose parts `read` returns."""
    whole: list[T] = []
    while True:
        part, cursor = await read(query)
        whole += part
        left = None if query.limit is None else query.limit - len(part)
        if cursor is None or left == 0:
            return whole
        query = query.model_copy(update={"after": cursor, "limit": left})
