"""The routes of threads in the native API."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from ...errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    InvalidParticipants,
    NoNumberLeft,
    PreconditionFailed,
    ThreadNotFound,
    UnknownCursor,
)
from ...inputs import MetaData, NewThread, ThreadChanges
from ...records import Deleted, ThreadRecord
from ..http import IF_MATCH_THREAD, LARGE_PAGE_BYTES, EndpointResponse, StrictRoute, answers_up_to, thread_etag
from .errors import errors
from .next_cursor_header import next_cursor
from .parameters import ExpectedThread, RequestOperations, ThreadId, ThreadIds, ThreadPage, UserId
from .response_models import DeletedOut, DetailedThreadOut, PageOut, ThreadOut

router = APIRouter(prefix="/v1/threads", tags=["threads"], route_class=StrictRoute)

_CHANGE = errors(Forbidden, ThreadNotFound, InvalidParticipants, NoNumberLeft, PreconditionFailed, InvalidInput)


@router.get(
    "/{thread_id}", response_model=ThreadOut, summary="Get a thread", responses=errors(Forbidden, ThreadNotFound)
)
async def get_thread(operations: RequestOperations, thread_id: ThreadId) -> EndpointResponse:
    """For the thread's participants, services and admins. The `ETag` of the answer is a valid value of `If-Match`."""
    thread = await operations.threads.get(thread_id)
    return EndpointResponse(thread, headers=thread_etag(thread))


@router.post(
    "",
    response_model=ThreadOut,
    summary="Create a thread",
    responses=errors(Forbidden, InvalidParticipants, InvalidInput),
)
async def create_thread(
    operations: RequestOperations,
    new: Annotated[
        NewThread,
        Body(examples=[{"participant_ids": ["user_8tYOlZFZ36TDirMUbGvJ9g"], "meta_data": {"topic": "time travel"}}]),
    ],
) -> ThreadRecord:
    """With `messages`, the thread and all its messages become visible together, or nothing is stored.

    With a user's key the user becomes the owner and a participant. With another key the owner is `owner_id`, or else the
    first participant.
    """
    return await operations.threads.create(new)


@router.get(
    "", response_model=PageOut[ThreadOut], summary="Find threads", responses=errors(UnknownCursor, InvalidInput)
)
@answers_up_to(LARGE_PAGE_BYTES)
async def find_threads(operations: RequestOperations, query: ThreadPage) -> EndpointResponse:
    """Threads that match all filters, most recently active first. A user's key finds only threads of its user.

    `meta_data` is a JSON object. A thread matches if it has each key of the object with exactly the same value. For the next
    page, set `after` to `next_cursor`.
    """
    return EndpointResponse((await operations.threads.page(query)).envelope())


@router.put(
    "/{thread_id}",
    response_model=DetailedThreadOut,
    summary="Update a thread",
    responses=_CHANGE,
    openapi_extra=IF_MATCH_THREAD,
)
@router.post(
    "/{thread_id}",
    operation_id="update_thread_by_post",
    deprecated=True,
    response_model=DetailedThreadOut,
    summary="Update a thread, as the oldest clients do",
    responses=_CHANGE,
    openapi_extra=IF_MATCH_THREAD,
)
async def update_thread(
    operations: RequestOperations,
    thread_id: ThreadId,
    expected: ExpectedThread,
    changes: Annotated[ThreadChanges, Body(examples=[{"meta_data": {"topic": "space travel"}}])],
) -> EndpointResponse:
    """For the thread's owner, services and admins. `meta_data` is merged by key, other fields are replaced, null changes nothing.

    With `If-Match` the thread is changed only if it still has this `ETag`.
    """
    threads = operations.threads
    thread = await threads.update(thread_id, changes, expected_revision=expected.revision, expected_seq=expected.seq)
    participants = await threads.describe_participants(thread)
    return EndpointResponse({**thread, "participants": participants}, headers=thread_etag(thread))


@router.put(
    "/{thread_id}/metadata",
    response_model=ThreadOut,
    summary="Replace a thread's metadata",
    responses=_CHANGE,
    openapi_extra=IF_MATCH_THREAD,
)
async def update_metadata(
    operations: RequestOperations,
    thread_id: ThreadId,
    expected: ExpectedThread,
    meta_data: Annotated[MetaData, Body(examples=[{"topic": "space travel"}])],
) -> EndpointResponse:
    """For the thread's owner, services and admins. The body replaces all of `meta_data`."""
    thread = await operations.threads.replace_metadata(
        thread_id, meta_data, expected_revision=expected.revision, expected_seq=expected.seq
    )
    return EndpointResponse(thread, headers=thread_etag(thread))


@router.delete(
    "/{thread_id}",
    response_model=DeletedOut,
    summary="Delete a thread",
    responses=errors(Forbidden, ThreadNotFound, PreconditionFailed),
    openapi_extra=IF_MATCH_THREAD,
)
async def delete_thread(operations: RequestOperations, thread_id: ThreadId, expected: ExpectedThread) -> Deleted:
    """For the thread's owner, services and admins. When the request is answered, no caller sees the thread or its messages.

    With `If-Match` the thread is deleted only if it still has this `ETag`.
    """
    return await operations.threads.delete(thread_id, expected_revision=expected.revision, expected_seq=expected.seq)


@router.delete(
    "/{thread_id}/participants/{user_id}",
    response_model=DeletedOut,
    summary="Remove a participant",
    responses=errors(Forbidden, ThreadNotFound, Conflict, InvalidInput),
)
async def remove_participant(operations: RequestOperations, thread_id: ThreadId, user_id: UserId) -> Deleted:
    """For the thread's owner, services and admins, and for a participant who leaves. The owner stays a participant."""
    return await operations.threads.remove_participant(thread_id, user_id)


@router.get(
    "/user/{user_id}",
    operation_id="list_threads_of_user",
    deprecated=True,
    response_model=list[str],
    summary="List the ids of a user's threads",
    responses=errors(Forbidden, UnknownCursor),
)
@answers_up_to(LARGE_PAGE_BYTES)
async def list_threads(operations: RequestOperations, user_id: UserId, query: ThreadIds) -> EndpointResponse:
    """For clients of the original service. `GET /v1/users/{user_id}/threads` has the same ids.

    The ids of the user's threads, most recently active first. The list is empty if the user does not exist.

    An answer holds at most 10,000 ids. If more follow, it has the header `x-next-cursor`: send its value in `after`.
    """
    ids, cursor = await operations.threads.list_ids(user_id, query)
    return EndpointResponse(ids, headers=next_cursor(cursor))


@router.get(
    "/user/{user_id}/records",
    response_model=list[ThreadOut],
    summary="List a user's threads",
    responses=errors(Forbidden, UnknownCursor),
)
@answers_up_to(LARGE_PAGE_BYTES)
async def list_thread_records(operations: RequestOperations, user_id: UserId, query: ThreadIds) -> EndpointResponse:
    """The user's threads, most recently active first. `GET /v1/threads` returns the same threads in pages.

    An answer holds at most 10,000 threads and about 16 MiB. If more follow, it has the header `x-next-cursor`: send its value
    in `after`.
    """
    records, cursor = await operations.threads.list_records(user_id, query)
    return EndpointResponse(records, headers=next_cursor(cursor))
