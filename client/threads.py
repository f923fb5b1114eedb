"""Builds the calls of `thread_service`: one function for each method of the clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from ..errors import ThreadNotFound, UserNotFound
from ..json_values import entries
from ..records import Deleted, Page, ThreadRecord
from .call import Call, external_segment, list_of, page_of, segment, without_none
from .encoding import checked_counter
from .users import first_page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ..inputs import MessageInput, Order, Sort, ThreadFilters

_page = page_of(ThreadRecord)


def thread_path(thread_id: str) -> str:
    """Return the URL path of a thread."""
    return f"/v1/threads/{segment(thread_id, ThreadNotFound)}"


def _external_path(external_id: str) -> str:
    return f"/v1/external-ids/threads/{external_segment(external_id)}"


def create_thread(
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
) -> Call[ThreadRecord]:
    """Create a thread. With `messages`, the thread and all of them become visible together, in this order.

    If no `owner_id` is given, the first participant is the owner. The owner is always a participant. A thread that is
    created without `meta_data` gets `{"topic": ""}`, as in the original service; an empty dict stays empty.

    `title` (up to 256 characters), `archived`, `pinned` and `labels` (up to 32) are for lists of threads.

    `external_id` is the name of the thread in the application: any text of 1 to 256 characters. When the thread is
    deleted, the name is free again.

    Raises `InvalidParticipants` naming each user that does not exist or is named twice, and `ExternalIdTaken`.
    """
    body = without_none(
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
    return Call("POST", "/v1/threads", ThreadRecord, body=body)


def ensure_thread(
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
) -> Call[ThreadRecord]:
    """Return the thread whose name in the application is `external_id`. Create the thread if there is none.

    Any number of callers may race, in any process: they all get one thread. The other arguments are for a new thread
    (those of `create_thread`). A thread that exists is not changed. If it was deleted, a new thread is created.

    `external_id` is any text of 1 to 256 characters. The keys of a user find and create only external ids of their own.
    """
    body = without_none(
        participant_ids=None if participant_ids is None else list(participant_ids),
        meta_data=meta_data,
        tool_resources=tool_resources,
        title=title,
        archived=archived,
        pinned=pinned,
        labels=entries(labels),
        owner_id=owner_id,
    )
    return Call("PUT", _external_path(external_id), ThreadRecord, body=body)


def get_thread_by_external_id(external_id: str) -> Call[ThreadRecord]:
    """Return the thread whose name in the application is `external_id`."""
    return Call("GET", _external_path(external_id), ThreadRecord)


def get_thread(thread_id: str) -> Call[ThreadRecord]:
    """Return one thread."""
    return Call("GET", thread_path(thread_id), ThreadRecord)


def list_threads(user_id: str, *, limit: int | None = None) -> Call[list[str]]:
    """Return the ids of the threads of a participant, the most recently active first.

    Returns at most `limit` ids, or all of them if it is not given.
    """
    path = f"/v1/users/{segment(user_id, UserNotFound)}/threads"
    return Call("GET", path, _thread_ids, query=without_none(limit=limit), all_pages=limit is None)


def list_thread_records(user_id: str) -> Call[list[ThreadRecord]]:
    """Return all threads of a participant, the most recently active first. `find_threads` returns them in pages."""
    path = f"/v1/threads/user/{segment(user_id, UserNotFound)}/records"
    return Call("GET", path, list_of(ThreadRecord), all_pages=True)


def find_threads(
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
) -> Call[Page[ThreadRecord]]:
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
    query = without_none(
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
    return Call("GET", "/v1/threads", _page, query=query)


def iter_threads(**filters: Unpack[ThreadFilters]) -> Call[Page[ThreadRecord]]:
    """Iterate over all threads that match, page by page. Takes the arguments of `find_threads`."""
    return first_page(find_threads, filters)


def update_thread(
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
) -> Call[ThreadRecord]:
    """Change a thread: `meta_data` is merged key by key, the other fields are replaced. None changes nothing.

    An empty `title` removes the title. An empty list of `labels` removes all labels.

    Raises `PreconditionFailed` if `expected_revision` is given and is not the revision of the thread.
    """
    body = without_none(
        participant_ids=entries(participant_ids),
        meta_data=meta_data,
        tool_resources=tool_resources,
        title=title,
        archived=archived,
        pinned=pinned,
        labels=entries(labels),
    )
    return Call("PUT", thread_path(thread_id), _updated, body=body, if_match=thread_if_match(expected_revision))


def update_metadata(
    thread_id: str, new_metadata: dict[str, Any], *, expected_revision: int | None = None
) -> Call[ThreadRecord]:
    """Replace the whole `meta_data` of a thread.

    Raises `PreconditionFailed` if `expected_revision` is given and is not the revision of the thread.
    """
    path = f"{thread_path(thread_id)}/metadata"
    if_match = thread_if_match(expected_revision)
    return Call("PUT", path, ThreadRecord, body=new_metadata, body_path=("meta_data",), if_match=if_match)


def delete_thread(
    thread_id: str, *, expected_revision: int | None = None, expected_seq: int | None = None
) -> Call[Deleted]:
    """Delete a thread with all its messages.

    The thread does not exist for any reader from the return of this call on, and no message can be appended to it.
    Threads of up to 1,000 messages are also removed from the database. Longer ones are removed in the background, or
    by the sweeper if the process ends first.

    Raises `PreconditionFailed` if `expected_revision` is given and is not the revision of the thread. The same
    error is raised if `expected_seq` is given and is not the number of its newest message.
    """
    if_match = thread_if_match(expected_revision, expected_seq)
    return Call("DELETE", thread_path(thread_id), Deleted, if_match=if_match)


def remove_participant(thread_id: str, user_id: str) -> Call[Deleted]:
    """Remove a participant from a thread. A user may leave a thread: the key of a user removes its own user.

    The owner of a thread removes anybody else, and stays a participant. Nothing happens if the user is no participant.
    Messages that the user sent stay.
    """
    return Call("DELETE", f"{thread_path(thread_id)}/participants/{segment(user_id, UserNotFound)}", Deleted)


def _thread_ids(answer: Any) -> Page[Any]:
    return Page(answer["thread_ids"])


def _updated(answer: Any) -> ThreadRecord:
    """Drop `participants`, so that the record has the shape that all other methods return."""
    thread = ThreadRecord(answer)
    thread.pop("participants", None)
    return thread


def thread_if_match(expected_revision: int | None, expected_seq: int | None = None) -> str | None:
    """Return the value of `If-Match` for a thread. None if nothing is expected."""
    revision = checked_counter("expected_revision", expected_revision)
    seq = checked_counter("expected_seq", expected_seq)
    if revision is None and seq is None:
        return None
    parts = ("*" if part is None else part for part in (revision, seq))
    return '"{}.{}"'.format(*parts)
