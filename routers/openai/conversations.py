"""The routes behind `conversations` of the SDK. Each conversation is a thread."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from ...errors import Forbidden, InvalidInput, TooLarge
from ...records import Deleted
from ..http import EndpointResponse
from .errors import ConversationNotFound
from .merging import update_thread
from .parameters import ConversationId, RequestOperations
from .references import check_references
from .requests import ConversationChanges, NewConversation
from .response_models import ConversationAnswer, DeletedAnswer, errors
from .routes import ConversationRoute
from .views import render_conversation

router = APIRouter(prefix="/v1/conversations", tags=["conversations"], route_class=ConversationRoute)

_EXAMPLE = {"items": [{"role": "user", "content": "Hello"}], "metadata": {"topic": "time travel"}}


@router.get(
    "/{conversation_id}",
    response_model=ConversationAnswer,
    summary="Retrieve a conversation",
    responses=errors(ConversationNotFound),
)
async def retrieve_conversation(operations: RequestOperations, conversation_id: ConversationId) -> EndpointResponse:
    """The id may be that of a thread. If the key has no right to read the conversation, the status is 404."""
    return EndpointResponse(render_conversation(await operations.threads.get(conversation_id)))


@router.post(
    "", response_model=ConversationAnswer, summary="Create a conversation", responses=errors(InvalidInput, TooLarge)
)
async def create_conversation(
    operations: RequestOperations, new: Annotated[NewConversation, Body(examples=[{}, _EXAMPLE])]
) -> EndpointResponse:
    """With up to 20 `items`, the conversation and all items become visible together, in this order, or nothing is stored."""
    await check_references(operations, None, new.items or [])
    return EndpointResponse(render_conversation(await operations.threads.create(new.to_input(), prefix="conv")))


@router.post(
    "/{conversation_id}",
    response_model=ConversationAnswer,
    summary="Update a conversation",
    responses=errors(Forbidden, ConversationNotFound, InvalidInput),
)
async def update_conversation(
    operations: RequestOperations,
    conversation_id: ConversationId,
    changes: Annotated[ConversationChanges, Body(examples=[{"metadata": {"topic": "space travel"}}])],
) -> EndpointResponse:
    """`metadata` is merged by key."""
    return EndpointResponse(render_conversation(await update_thread(operations, conversation_id, changes.metadata)))


@router.delete(
    "/{conversation_id}",
    response_model=DeletedAnswer,
    summary="Delete a conversation",
    responses=errors(Forbidden, ConversationNotFound),
)
async def delete_conversation(operations: RequestOperations, conversation_id: ConversationId) -> Deleted:
    """Deletes all items of the conversation too. When the request is answered, no API shows the conversation."""
    await operations.threads.delete(conversation_id)
    return Deleted.of("conversation", conversation_id)
