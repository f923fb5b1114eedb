"""The routes of the native API that change several parts of a thread in one step."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query

from ...errors import (
    Forbidden,
    IdTaken,
    InvalidInput,
    NoNumberLeft,
    PartlyStored,
    PreconditionFailed,
    ThreadNotFound,
    TooLarge,
)
from ...inputs import NewTurn, Replacement, Truncation
from ...records import Page, TurnRecord
from ..http import IF_MATCH_THREAD, EndpointResponse, StrictRoute, thread_etag
from .errors import errors
from .parameters import ExpectedThread, RequestOperations, ThreadId
from .response_models import MessageOut, PageOut, ThreadOut, TurnOut

router = APIRouter(prefix="/v1/threads/{thread_id}", tags=["messages"], route_class=StrictRoute)

_APPEND = errors(
    Forbidden, ThreadNotFound, IdTaken, PartlyStored, NoNumberLeft, PreconditionFailed, TooLarge, InvalidInput
)
_CUT = errors(Forbidden, ThreadNotFound, IdTaken, NoNumberLeft, PreconditionFailed, InvalidInput)
_MESSAGES = [{"role": "assistant", "content": "Hello! How can I help?"}]

TurnBody = Annotated[NewTurn, Body(examples=[{"messages": _MESSAGES, "meta_data": {"mood": "curious"}}])]
ReplacementBody = Annotated[Replacement, Body(examples=[{"after_seq": 1, "messages": _MESSAGES}])]
CutQuery = Annotated[Truncation, Query()]


@router.post(
    "/turns",
    response_model=TurnOut,
    summary="Append messages and change the thread",
    responses=_APPEND,
    openapi_extra=IF_MATCH_THREAD,
)
async def commit_turn(
    operations: RequestOperations, thread_id: ThreadId, expected: ExpectedThread, turn: TurnBody
) -> EndpointResponse:
    """The messages and the changed fields become visible together, or nothing is stored. `meta_data` is merged by key.

    With `after_seq`, all messages with higher numbers are removed at the same moment. This and changed fields need the right
    to change the thread. With `If-Match`, nothing is stored unless the thread still has this `ETag`.
    """
    thread, messages = await operations.messages.commit(
        thread_id, turn, expected_revision=expected.revision, expected_seq=expected.seq
    )
    return EndpointResponse(TurnRecord.of(thread, messages), headers=thread_etag(thread))


@router.put(
    "/messages",
    response_model=PageOut[MessageOut],
    summary="Replace a thread's newest messages",
    responses=_APPEND,
    openapi_extra=IF_MATCH_THREAD,
)
async def replace_messages(
    operations: RequestOperations, thread_id: ThreadId, expected: ExpectedThread, new: ReplacementBody
) -> EndpointResponse:
    """For the thread's owner, services and admins. All messages with a higher number than `after_seq` are replaced.

    Every reader sees the old messages or the new ones. The new ones have new numbers.
    """
    thread, messages = await operations.messages.commit(
        thread_id, new.turn(), expected_revision=expected.revision, expected_seq=expected.seq
    )
    return EndpointResponse(Page(messages).envelope(), headers=thread_etag(thread))


@router.delete(
    "/messages",
    response_model=ThreadOut,
    summary="Remove a thread's newest messages",
    responses=_CUT,
    openapi_extra=IF_MATCH_THREAD,
)
async def truncate_messages(
    operations: RequestOperations, thread_id: ThreadId, expected: ExpectedThread, cut: CutQuery
) -> EndpointResponse:
    """For the thread's owner, services and admins. Removes all messages with a higher number than `after_seq`; 0 removes all.

    They disappear together. Their numbers are never given again. The answer is the thread.
    """
    thread, _ = await operations.messages.commit(
        thread_id, cut.turn(), expected_revision=expected.revision, expected_seq=expected.seq
    )
    return EndpointResponse(thread, headers=thread_etag(thread))


@router.post(
    "/messages/pop",
    response_model=MessageOut | None,
    summary="Remove a thread's newest message",
    responses=_CUT,
    openapi_extra=IF_MATCH_THREAD,
)
async def pop_message(operations: RequestOperations, thread_id: ThreadId, expected: ExpectedThread) -> EndpointResponse:
    """For the message's sender, the thread's owner, services and admins. The answer is the message, or null if there is none."""
    return EndpointResponse(
        await operations.messages.pop(thread_id, expected_revision=expected.revision, expected_seq=expected.seq)
    )
