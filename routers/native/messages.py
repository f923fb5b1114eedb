"""The routes of messages in the native API."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from ...errors import (
    Forbidden,
    IdTaken,
    InvalidInput,
    MessageNotFound,
    NoNumberLeft,
    PartlyStored,
    PreconditionFailed,
    ThreadNotFound,
    TooLarge,
    UnknownCursor,
)
from ...inputs import MessageChanges
from ...records import Deleted, MessageRecord, Page
from ...services import Operations, with_text_calls
from ..http import (
    IF_MATCH_MESSAGE,
    IF_MATCH_THREAD,
    LARGE_PAGE_BYTES,
    EndpointResponse,
    Expected,
    StrictRoute,
    answers_up_to,
    message_etag,
)
from .errors import errors
from .parameters import (
    Chunks,
    ExpectedMessage,
    ExpectedThread,
    MessageId,
    MessagePage,
    RequestOperations,
    ThreadId,
)
from .request_models import AssistantMessage, MessageInThread, OneOrMoreMessages, ToolMessage
from .response_models import DeletedOut, MessageOut, PageOut

router = APIRouter(prefix="/v1", tags=["messages"], route_class=StrictRoute)

APPEND_ERRORS = errors(
    Forbidden, ThreadNotFound, IdTaken, PartlyStored, NoNumberLeft, PreconditionFailed, TooLarge, InvalidInput
)
"""The errors that every route that appends to a thread may answer."""
_CHANGE = errors(Forbidden, MessageNotFound, NoNumberLeft, PreconditionFailed, TooLarge, InvalidInput)
_EXAMPLE = {"role": "user", "content": "Hello", "sender_id": "user_8tYOlZFZ36TDirMUbGvJ9g"}

_THREAD = {"thread_id": "thread_Vg3trkDAYOJM7CSwOfN9TN"}

MessageBody = Annotated[MessageInThread, Body(examples=[{**_THREAD, **_EXAMPLE}])]
ToolBody = Annotated[ToolMessage, Body(examples=[{**_THREAD, "content": "42", "tool_call_id": "call_abc"}])]
ChunkBody = Annotated[AssistantMessage, Body(examples=[{**_THREAD, "content": "Once upon ", "is_last_chunk": False}])]
ChangesBody = Annotated[MessageChanges, Body(examples=[{"meta_data": {"rating": 5}}])]


@router.get(
    "/threads/{thread_id}/messages",
    response_model=PageOut[MessageOut],
    summary="List a thread's messages",
    responses=errors(Forbidden, ThreadNotFound, UnknownCursor, InvalidInput),
)
@answers_up_to(LARGE_PAGE_BYTES)
async def list_messages(operations: RequestOperations, thread_id: ThreadId, query: MessagePage) -> EndpointResponse:
    """A page sorted by `seq`, oldest first unless `order` is `desc`. Every page costs the same, however long the thread is.

    `after` gives the messages behind the named message. `before` gives the messages directly in front of the named message.
    Both together give the messages between the two. The named messages may be deleted. `client_id` gives the message that has it.
    """
    return EndpointResponse((await operations.messages.page(thread_id, query)).envelope())


@router.post(
    "/messages",
    deprecated=True,
    response_model=MessageOut,
    summary="Append a message",
    responses=APPEND_ERRORS,
    openapi_extra=IF_MATCH_THREAD,
)
async def create_message(operations: RequestOperations, expected: ExpectedThread, new: MessageBody) -> MessageRecord:
    """For clients of the original service. `POST /v1/threads/{thread_id}/messages` appends messages too.

    As in the original service, the text of an assistant may be a JSON list of tool calls: it is then also in `tool_calls`.
    With `If-Match` and the thread's ETag, the message is stored only if the thread has no newer message.
    """
    return await _append(operations, expected, new)


@router.post(
    "/threads/{thread_id}/messages",
    response_model=MessageOut | PageOut[MessageOut],
    summary="Append one message, or several",
    responses=APPEND_ERRORS,
    openapi_extra=IF_MATCH_THREAD,
)
async def append_messages(
    operations: RequestOperations,
    thread_id: ThreadId,
    expected: ExpectedThread,
    new: Annotated[
        OneOrMoreMessages,
        Body(examples=[_EXAMPLE, {"messages": [_EXAMPLE, {"role": "assistant", "content": "Hello! How can I help?"}]}]),
    ],
) -> EndpointResponse:
    """With `messages`, up to 1,000 messages become visible together and in this order, or nothing is stored.

    The answer is then a list. With `If-Match` and the thread's ETag, the messages are stored only if the thread has no newer
    message.
    """
    stored = await operations.messages.append(thread_id, new.release(), expected_seq=expected.seq)
    return EndpointResponse(Page(stored).envelope() if new.is_list else stored[0])


@router.post(
    "/messages/tools",
    deprecated=True,
    response_model=MessageOut,
    summary="Append a tool's output",
    responses=APPEND_ERRORS,
    openapi_extra=IF_MATCH_THREAD,
)
async def submit_tool_output(operations: RequestOperations, expected: ExpectedThread, new: ToolBody) -> MessageRecord:
    """For clients of the original service. `POST /v1/threads/{thread_id}/messages` takes the role `tool`.

    The message gets this role, even if another role is sent. `tool_call_id` is the id of the call.
    """
    return await _append(operations, expected, new)


async def _append(operations: Operations, expected: Expected, new: MessageInThread) -> MessageRecord:
    message = with_text_calls(new.message())
    stored = await operations.messages.append(new.thread_id, [message], expected_seq=expected.seq)
    return stored[0]


@router.post(
    "/messages/assistant",
    response_model=MessageOut | None,
    summary="Append an assistant's message, in chunks",
    responses=APPEND_ERRORS,
)
async def save_assistant_message(operations: RequestOperations, new: ChunkBody) -> EndpointResponse:
    """Chunks are collected until the last chunk arrives. Then all of them are stored as one message.

    Chunks belong together by API key, thread, `run_id`, `role`, `sender_id` and `assistant_id`. A chunk may end in the middle
    of a character, such as an emoji that is written as two escapes.
    """
    return EndpointResponse(
        await operations.messages.append_chunk(new.thread_id, new.message(), is_last=new.is_last_chunk)
    )


@router.delete(
    "/threads/{thread_id}/chunks",
    response_model=DeletedOut,
    summary="Abort a message that is sent in chunks",
    responses=errors(Forbidden, ThreadNotFound, InvalidInput),
)
async def abort_chunks(operations: RequestOperations, thread_id: ThreadId, query: Chunks) -> Deleted:
    """Removes the chunks that this key sent for one message. The parameters are the values that were sent with them.

    The next chunk begins a new message. The answer is the same if there are no chunks.
    """
    return await operations.messages.abort_chunks(thread_id, query)


@router.get(
    "/messages/{message_id}",
    response_model=MessageOut,
    summary="Get a message",
    responses=errors(Forbidden, MessageNotFound),
)
async def get_message(operations: RequestOperations, message_id: MessageId) -> EndpointResponse:
    """For the thread's participants, services and admins. The `ETag` of the answer is a valid value of `If-Match`."""
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
    operations: RequestOperations, message_id: MessageId, expected: ExpectedMessage, changes: ChangesBody
) -> EndpointResponse:
    """For the message's sender, the thread's owner, services and admins. Sent fields are replaced as a whole.

    A change of `content` or `item` changes every field in which the text stands. It is refused if the text may also stand in
    an `item` that is not sent. A new `status` removes the times and the reason of the old one.
    """
    message = await operations.messages.update(message_id, changes, expected_revision=expected.revision)
    return EndpointResponse(message, headers=message_etag(message))


@router.delete(
    "/messages/{message_id}",
    response_model=DeletedOut,
    summary="Delete a message",
    responses=errors(Forbidden, MessageNotFound, PreconditionFailed),
    openapi_extra=IF_MATCH_MESSAGE,
)
async def delete_message(operations: RequestOperations, message_id: MessageId, expected: ExpectedMessage) -> Deleted:
    """For the message's sender, the thread's owner, services and admins. No other message gets the same `seq`.

    With `If-Match` the message is deleted only if it still has this `ETag`.
    """
    return await operations.messages.delete(message_id, expected_revision=expected.revision)


@router.get(
    "/threads/{thread_id}/messages/{message_id}",
    response_model=MessageOut,
    summary="Get a message of a thread",
    responses=errors(Forbidden, ThreadNotFound, MessageNotFound),
)
async def get_message_of_thread(
    operations: RequestOperations, thread_id: ThreadId, message_id: MessageId
) -> EndpointResponse:
    """The message must belong to this thread."""
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
    operations: RequestOperations,
    thread_id: ThreadId,
    message_id: MessageId,
    expected: ExpectedMessage,
    changes: ChangesBody,
) -> EndpointResponse:
    """The message must belong to this thread. The rules are those of `PUT /v1/messages/{message_id}`."""
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
    operations: RequestOperations, thread_id: ThreadId, message_id: MessageId, expected: ExpectedMessage
) -> Deleted:
    """The message must belong to this thread."""
    return await operations.messages.delete(message_id, thread_id=thread_id, expected_revision=expected.revision)
