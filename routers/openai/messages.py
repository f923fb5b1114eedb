"""The routes behind `beta.threads.messages` of the SDK."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from ...errors import Forbidden, InvalidInput, MessageNotFound, ThreadNotFound, TooLarge, UnknownCursor
from ..http import LARGE_PAGE_BYTES, EndpointResponse, answers_up_to
from .merging import update_message as update
from .parameters import MessageId, MessagePage, OptionalRetry, RequestOperations, ThreadId
from .requests import NewThreadMessage, ThreadMessageChanges
from .response_models import DeletedAnswer, ListAnswer, MessageAnswer, errors
from .routes import ThreadRoute
from .views import render_list, render_thread_message

router = APIRouter(prefix="/v1/threads/{thread_id}/messages", tags=["messages"], route_class=ThreadRoute)


@router.get(
    "",
    response_model=ListAnswer[MessageAnswer],
    summary="List a thread's messages",
    responses=errors(ThreadNotFound, UnknownCursor, InvalidInput),
)
@answers_up_to(LARGE_PAGE_BYTES)
async def list_messages(operations: RequestOperations, thread_id: ThreadId, query: MessagePage) -> EndpointResponse:
    """Newest first unless `order` is `asc`. Every page costs the same, however long the thread is.

    Messages of other APIs are shown in the most similar form. A message has the role `assistant` if its role is not `user`.
    """
    page = await operations.messages.rendered_by(render_thread_message).page(thread_id, query.to_input())
    return EndpointResponse(render_list(page, has_more=page.has_more))


@router.post(
    "",
    response_model=MessageAnswer,
    summary="Create a message",
    responses=errors(ThreadNotFound, InvalidInput, TooLarge),
)
async def create_message(
    operations: RequestOperations,
    thread_id: ThreadId,
    new: Annotated[NewThreadMessage, Body(examples=[{"role": "user", "content": "Hello"}])],
    keyless_retry: OptionalRetry,
) -> EndpointResponse:
    """When the request is answered, the message is durable.

    If the answer is lost and the SDK sends the request again, Threadkeep recognises most retries and stores the message once.
    With an `Idempotency-Key` it recognises every retry.
    """
    messages = operations.messages.rendered_by(render_thread_message)
    return EndpointResponse(
        (await messages.append(thread_id, [new.to_input()], prefix="msg", keyless_retry=keyless_retry))[0]
    )


@router.get(
    "/{message_id}",
    response_model=MessageAnswer,
    summary="Retrieve a message",
    responses=errors(ThreadNotFound, MessageNotFound),
)
async def retrieve_message(
    operations: RequestOperations, thread_id: ThreadId, message_id: MessageId
) -> EndpointResponse:
    """The message must belong to this thread."""
    return EndpointResponse(
        await operations.messages.rendered_by(render_thread_message).get(message_id, thread_id=thread_id)
    )


@router.post(
    "/{message_id}",
    response_model=MessageAnswer,
    summary="Modify a message",
    responses=errors(Forbidden, ThreadNotFound, MessageNotFound, InvalidInput),
)
async def update_message(
    operations: RequestOperations,
    thread_id: ThreadId,
    message_id: MessageId,
    changes: Annotated[ThreadMessageChanges, Body(examples=[{"metadata": {"rating": "5"}}])],
) -> EndpointResponse:
    """`metadata` is merged by key. Other fields of a message cannot be changed."""
    return EndpointResponse(await update(operations, thread_id, message_id, changes.metadata))


@router.delete(
    "/{message_id}",
    response_model=DeletedAnswer,
    summary="Delete a message",
    responses=errors(Forbidden, ThreadNotFound, MessageNotFound),
)
async def delete_message(operations: RequestOperations, thread_id: ThreadId, message_id: MessageId) -> EndpointResponse:
    """The message must belong to this thread. Its id remains a valid cursor for 30 days."""
    return EndpointResponse(await operations.messages.delete(message_id, thread_id=thread_id))
