"""Builds the calls of `thread_service`: one function for each method of the clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import ThreadNotFound, UserNotFound
from ..records import Deleted, ThreadRecord
from .call import Call, page_of, segment, without_none
from .users import first_page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ..inputs import Order
    from ..records import Page

_page = page_of(ThreadRecord)


def thread_path(thread_id: str) -> str:
    """Return the URL path of a thread."""
    return f"/v1/threads/{segment(thread_id, ThreadNotFound)}"


def create_thread(
    participant_ids: Sequence[str] | None = None,
    meta_data: dict[str, Any] | None = None,
    tool_resources: dict[str, Any] | None = None,
    messages: Sequence[dict[str, Any]] | None = None,
    *,
    owner_id: str | None = None,
) -> Call[ThreadRecord]:
    """Make a thread; with `messages` it becomes visible together with all of them, in this order, or not at all.

    Without an owner the first participant owns it; the owner always takes part. A thread made without any `meta_data`
    gets `{"topic": ""}`, as in the original service; an empty dict stays empty.

    Raises `InvalidParticipants` naming who is unknown or named twice.
    """
    body = without_none(
        participant_ids=None if participant_ids is None else list(participant_ids),
        meta_data=meta_data,
        tool_resources=tool_resources,
        messages=None if messages is None else list(messages),
        owner_id=owner_id,
    )
    return Call("POST", "/v1/threads", ThreadRecord, body=body)


def get_thread(thread_id: str) -> Call[ThreadRecord]:
    """Return one thread."""
    return Call("GET", thread_path(thread_id), ThreadRecord)


def list_threads(user_id: str, *, limit: int | None = None) -> Call[list[str]]:
    """The ids of the threads a user takes part in, most recently active first; all of them unless `limit` says less."""

    def read(answer: list[str]) -> list[str]:
        return answer[: limit or None]

    return Call("GET", f"/v1/threads/user/{segment(user_id, UserNotFound)}", read, query=without_none(limit=limit))


def find_threads(
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
) -> Call[Page[ThreadRecord]]:
    """A page of the threads that match everything given, most recently active first unless said otherwise.

    `sort` is `active` (a thread with a new message moves to the front, also while you page) or `created` (never moves).
    `after` and `before` take a thread's id or a page's `next_cursor`; the latter also works when the thread has moved
    or gone since. Dates without a zone are UTC; `…_after` is inclusive, `…_before` is not. A user's key sees only
    threads the user takes part in.
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
    return Call("GET", "/v1/threads", _page, query=query)


def iter_threads(**filters: Any) -> Call[Page[ThreadRecord]]:
    """All threads that match, page by page; takes what `find_threads` takes."""
    return first_page(find_threads, filters)


def update_thread(
    thread_id: str,
    *,
    participant_ids: Sequence[str] | None = None,
    meta_data: dict[str, Any] | None = None,
    tool_resources: dict[str, Any] | None = None,
    expected_revision: int | None = None,
) -> Call[ThreadRecord]:
    """Change a thread: merge `meta_data` key by key, replace the others; what is None stays.

    Raises `PreconditionFailed` if `expected_revision` is given and the thread has another by now.
    """
    body = without_none(
        participant_ids=None if participant_ids is None else list(participant_ids),
        meta_data=meta_data,
        tool_resources=tool_resources,
    )
    return Call("PUT", thread_path(thread_id), _updated, body=body, if_match=_if_match(expected_revision))


def update_metadata(
    thread_id: str, new_metadata: dict[str, Any], *, expected_revision: int | None = None
) -> Call[ThreadRecord]:
    """Replace the whole `meta_data` of a thread."""
    path = f"{thread_path(thread_id)}/metadata"
    return Call("PUT", path, ThreadRecord, body=new_metadata, if_match=_if_match(expected_revision))


def delete_thread(
    thread_id: str, *, expected_revision: int | None = None, expected_seq: int | None = None
) -> Call[Deleted]:
    """Delete a thread with all its messages.

    From the answer on, every door says it does not exist and nothing can be added to it. Raises `PreconditionFailed` if
    `expected_revision` is given and the thread has another by now, or `expected_seq` and somebody wrote to it since.
    """
    if_match = _if_match(expected_revision, expected_seq)
    return Call("DELETE", thread_path(thread_id), Deleted, if_match=if_match)


def _updated(answer: Any) -> ThreadRecord:
    """Drop `participants`, so that the record has the shape that all other methods return."""
    thread = ThreadRecord(answer)
    thread.pop("participants", None)
    return thread


def _if_match(revision: int | None, seq: int | None = None) -> str | None:
    if revision is None and seq is None:
        return None
    parts = ("*" if part is None else part for part in (revision, seq))
    return '"{}.{}"'.format(*parts)
