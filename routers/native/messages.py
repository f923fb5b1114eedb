"""Messages, natively."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body

from ...errors import (
    Forbidden,
    IdTaken,
    InvalidInput,
    MessageNotFound,
    PreconditionFailed,
    ThreadNotFound,
    TooLarge,
    UnknownCursor,
)
from ...records import Deleted, MessageRecord, Page
from ...services import Operations
from ..http import IF_MATCH_MESSAGE, IF_MATCH_THREAD, EndpointResponse, Expected, StrictRoute, message_etag
from .errors import errors
from .parameters import CallerOperations, ExpectedMessage, ExpectedThread, MessageId, MessagePage, ThreadId
from .request_models import AssistantMessage, MessageInThread, NativeChanges, OneOrMoreMessages, ToolMessage
from .response_models import DeletedOut, MessageOut, PageOut

router = APIRouter(prefix="/v1", tags=["messages"], route_class=StrictRoute)

_APPEND = errors(Forbidden, ThreadNotFound, IdTaken, PreconditionFailed, TooLarge, InvalidInput)
_CHANGE = errors(Forbidden, MessageNotFound, PreconditionFailed, TooLarge, InvalidInput)
_EXAMPLE = {"role": "user", "content": "Hello", "sender_id": "user_8tYOlZFZ36TDirMUbGvJ9g"}

_THREAD = {"thread_id": "thread_Vg3trkDAYOJM7CSwOfN9TN"}

MessageBody = Annotated[MessageInThread, Body(examples=[{**_THREAD, **_EXAMPLE}])]
ToolBody = Annotated[ToolMessage, Body(examples=[{**_THREAD, "content": "42", "tool_call_id": "call_abc"}])]
ChunkBody = Annotated[AssistantMessage, Body(examples=[{**_THREAD, "content": "Once upon ", "is_last_chunk": False}])]
ChangesBody = Annotated[NativeChanges, Body(examples=[{"meta_data": {"rating": 5}}])]


@router.get(
    "/threads/{thread_id}/messages",
    response_model=PageOut[MessageOut],
    summary="List a thread's messages",
    responses=errors(Forbidden, ThreadNotFound, UnknownCursor, InvalidInput),
)
async def list_messages(operations: CallerOperations, thread_id: ThreadId, query: MessagePage) -> EndpointResponse:
    """A page by number, oldest first unless `order` is `desc`; a page costs the same anywhere in a history of any length.

    `after` alone goes on behind that message, `before` alone gives the messages next to it on its other side, both together
    what is strictly between; they may name a message that was deleted since.
    """
    return EndpointResponse((await operations.messages.page(thread_id, query)).envelope())


@router.post(
    "/messages", response_model=MessageOut, summary="Append a message", responses=_APPEND, openapi_extra=IF_MATCH_THREAD
)
async def create_message(operations: CallerOperations, expected: ExpectedThread, new: MessageBody) -> MessageRecord:
    """For the thread's participants, services and admins: the message is durable when this answers.

    With `If-Match` and the thread's ETag it is written only if nobody wrote to the thread in between.
    """
    return await _append(operations, expected, new)


@router.post(
    "/threads/{thread_id}/messages",
    response_model=MessageOut | PageOut[MessageOut],
    summary="Append one message, or several",
    responses=_APPEND,
    openapi_extra=IF_MATCH_THREAD,
)
async def append_messages(
    operations: CallerOperations,
    thread_id: ThreadId,
    expected: ExpectedThread,
    new: Annotated[
        OneOrMoreMessages,
        Body(examples=[_EXAMPLE, {"messages": [_EXAMPLE, {"role": "assistant", "content": "Hello! How can I help?"}]}]),
    ],
) -> EndpointResponse:
    """With `messages`, up to 1,000 become visible together, in this order, or none; the answer is the list of them.

    With `If-Match` and the thread's ETag they are written only if nobody wrote to the thread in between.
    """
    stored = await operations.messages.append(thread_id, new.all(), expected_seq=expected.seq)
    return EndpointResponse(stored[0] if new.messages is None else Page(stored).envelope())


@router.post(
    "/messages/tools",
    response_model=MessageOut,
    summary="Append a tool's output",
    responses=_APPEND,
    openapi_extra=IF_MATCH_THREAD,
)
async def submit_tool_output(operations: CallerOperations, expected: ExpectedThread, new: ToolBody) -> MessageRecord:
    """A message of role `tool`, whatever role is sent; `tool_call_id` says which call it answers."""
    return await _append(operations, expected, new)


async def _append(operations: Operations, expected: Expected, new: MessageInThread) -> MessageRecord:
    stored = await operations.messages.append(new.thread_id, [new.message()], expected_seq=expected.seq)
    return stored[0]


@router.post(
    "/messages/assistant",
    response_model=MessageOut | None,
    summary="Append an assistant's message, in chunks",
    responses=_APPEND,
)
async def save_assistant_message(operations: CallerOperations, new: ChunkBody) -> EndpointResponse:
    """Chunks that are not the last are kept until the last one comes; then all of them are stored as one message."""
    return EndpointResponse(
        await operations.messages.append_chunk(new.thread_id, new.message(), is_last=new.is_last_chunk)
    )


@router.get(
    "/messages/{message_id}",
    response_model=MessageOut,
    summary="Get a message",
    responses=errors(Forbidden, MessageNotFound),
)
async def get_message(operations: CallerOperations, message_id: MessageId) -> EndpointResponse:
    """For the thread's participants, services and admins. The `ETag` is what `If-Match` takes."""
    message = await operations.messages.get(message_id)
    return EndpointResponse(message, headers=message_etag(message))


@router.put(
    "/messages/{message_id}",
    response_model=MessageOut,
    summary="Update a message",
    responses=_CHANGE,
    openapi_extra=IF_MATCH_MESSAGE,
)
async def update_message(
    operations: CallerOperations, message_id: MessageId, expected: ExpectedMessage, changes: ChangesBody
) -> EndpointResponse:
    """For its sender, the thread's owner, services and admins: `meta_data` is replaced, what is not sent stays."""
    message = await operations.messages.update(message_id, changes, expected_revision=expected.revision)
    return EndpointResponse(message, headers=message_etag(message))


@router.delete(
    "/messages/{message_id}",
    response_model=DeletedOut,
    summary="Delete a message",
    responses=errors(Forbidden, MessageNotFound, PreconditionFailed),
    openapi_extra=IF_MATCH_MESSAGE,
)
async def delete_message(operations: CallerOperations, message_id: MessageId, expected: ExpectedMessage) -> Deleted:
    """For its sender, the thread's owner, services and admins. Its number is never given again.

    With `If-Match` it is deleted only if it still is what the caller knows.
    """
    return await operations.messages.delete(message_id, expected_revision=expected.revision)


@router.get(
    "/threads/{thread_id}/messages/{message_id}",
    response_model=MessageOut,
    summary="Get a message of a thread",
    responses=errors(Forbidden, ThreadNotFound, MessageNotFound),
)
async def get_message_of_thread(
    operations: CallerOperations, thread_id: ThreadId, message_id: MessageId
) -> EndpointResponse:
    """The message, if it belongs to this thread."""
    message = await operations.messages.get(message_id, thread_id=thread_id)
    return EndpointResponse(message, headers=message_etag(message))


@router.put(
    "/threads/{thread_id}/messages/{message_id}",
    response_model=MessageOut,
    summary="Update a message of a thread",
    responses=_CHANGE,
    openapi_extra=IF_MATCH_MESSAGE,
)
async def update_message_of_thread(
    operations: CallerOperations,
    thread_id: ThreadId,
    message_id: MessageId,
    expected: ExpectedMessage,
    changes: ChangesBody,
) -> EndpointResponse:
    """The message, if it belongs to this thread: `meta_data` is replaced, what is not sent stays."""
    message = await operations.messages.update(
        message_id, changes, thread_id=thread_id, expected_revision=expected.revision
    )
    return EndpointResponse(message, headers=message_etag(message))


@router.delete(
    "/threads/{thread_id}/messages/{message_id}",
    response_model=DeletedOut,
    summary="Delete a message of a thread",
    responses=errors(Forbidden, ThreadNotFound, MessageNotFound, PreconditionFailed),
    openapi_extra=IF_MATCH_MESSAGE,
)
async def delete_message_of_thread(
    operations: CallerOperations, thread_id: ThreadId, message_id: MessageId, expected: ExpectedMessage
) -> Deleted:
    """The message, if it belongs to this thread."""
    return await operations.messages.delete(message_id, thread_id=thread_id, expected_revision=expected.revision)


@router.get(
    "/threads/{thread_id}/formatted_messages",
    response_model=list[dict[str, Any]],
    summary="A thread's history for a model",
    responses=errors(Forbidden, ThreadNotFound, TooLarge),
)
async def get_formatted_messages(operations: CallerOperations, thread_id: ThreadId) -> EndpointResponse:
    """The whole history as a chat-completions call wants it: `role`, `content`, and what tools need; up to 64 MiB."""
    return EndpointResponse(await operations.messages.formatted(thread_id))
