"""Threads, natively."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body

from ...errors import Forbidden, InvalidInput, InvalidParticipants, PreconditionFailed, ThreadNotFound, UnknownCursor
from ...inputs import MetaData, ThreadChanges
from ...records import Deleted, ThreadRecord
from ..http import IF_MATCH_THREAD, EndpointResponse, StrictRoute, thread_etag
from .errors import errors
from .parameters import CallerOperations, ExpectedThread, ThreadId, ThreadIds, ThreadPage, UserId
from .request_models import NewNativeThread
from .response_models import DeletedOut, DetailedThreadOut, PageOut, ThreadOut

router = APIRouter(prefix="/v1/threads", tags=["threads"], route_class=StrictRoute)

_CHANGE = errors(Forbidden, ThreadNotFound, InvalidParticipants, PreconditionFailed, InvalidInput)


@router.get(
    "/{thread_id}", response_model=ThreadOut, summary="Get a thread", responses=errors(Forbidden, ThreadNotFound)
)
async def get_thread(operations: CallerOperations, thread_id: ThreadId) -> EndpointResponse:
    """For its participants, services and admins. The `ETag` is what `If-Match` takes."""
    thread = await operations.threads.get(thread_id)
    return EndpointResponse(thread, headers=thread_etag(thread))


@router.post(
    "",
    response_model=ThreadOut,
    summary="Create a thread",
    responses=errors(Forbidden, InvalidParticipants, InvalidInput),
)
async def create_thread(
    operations: CallerOperations,
    new: Annotated[
        NewNativeThread,
        Body(examples=[{"participant_ids": ["user_8tYOlZFZ36TDirMUbGvJ9g"], "meta_data": {"topic": "time travel"}}]),
    ],
) -> ThreadRecord:
    """Make a thread; with `messages` it becomes visible together with all of them, or not at all.

    A user's key makes its user the owner, who always takes part; otherwise the owner is `owner_id` or the first participant.
    """
    return await operations.threads.create(new)


@router.get(
    "", response_model=PageOut[ThreadOut], summary="Find threads", responses=errors(UnknownCursor, InvalidInput)
)
async def find_threads(operations: CallerOperations, query: ThreadPage) -> EndpointResponse:
    """Threads that match everything given, most recently active first; a user's key sees only threads of its user.

    `meta_data` is a JSON object: threads that have each of its keys with exactly that value. Go on with `after` set to
    `next_cursor`.
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
    response_model=DetailedThreadOut,
    summary="Update a thread, as oldest clients do",
    responses=_CHANGE,
    openapi_extra=IF_MATCH_THREAD,
)
async def update_thread(
    operations: CallerOperations,
    thread_id: ThreadId,
    expected: ExpectedThread,
    changes: Annotated[ThreadChanges, Body(examples=[{"meta_data": {"topic": "space travel"}}])],
) -> EndpointResponse:
    """For its owner, services and admins: `meta_data` is merged key by key, the others are replaced, null changes nothing.

    With `If-Match` it is changed only if it still is what the caller knows.
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
    operations: CallerOperations,
    thread_id: ThreadId,
    expected: ExpectedThread,
    meta_data: Annotated[MetaData, Body(examples=[{"topic": "space travel"}])],
) -> EndpointResponse:
    """For its owner, services and admins: the body is the whole new `meta_data`."""
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
async def delete_thread(operations: CallerOperations, thread_id: ThreadId, expected: ExpectedThread) -> Deleted:
    """For its owner, services and admins: from the answer on it is gone for everybody, with all its messages.

    With `If-Match` it is deleted only if it still is what the caller knows.
    """
    return await operations.threads.delete(thread_id, expected_revision=expected.revision, expected_seq=expected.seq)


@router.get(
    "/user/{user_id}", response_model=list[str], summary="List the ids of a user's threads", responses=errors(Forbidden)
)
async def list_threads(operations: CallerOperations, user_id: UserId, query: ThreadIds) -> EndpointResponse:
    """All threads that the user takes part in, most recently active first; empty for a user that does not exist."""
    return EndpointResponse(await operations.threads.list_ids(user_id, limit=query.limit))


@router.get(
    "/user/{user_id}/records",
    response_model=list[ThreadOut],
    summary="List a user's threads",
    responses=errors(Forbidden),
)
async def list_thread_records(operations: CallerOperations, user_id: UserId) -> EndpointResponse:
    """All threads that the user takes part in, most recently active first; `GET /v1/threads` does the same in pages."""
    records: list[Any] = await operations.threads.list_records(user_id)
    return EndpointResponse(records)
