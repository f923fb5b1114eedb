"""Conversations, as the SDK's `conversations` has them: threads by another name."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from ...errors import Forbidden, InvalidInput, TooLarge
from ...records import Deleted
from ..http import EndpointResponse
from .errors import ConversationNotFound
from .merging import update_thread
from .parameters import CallerOperations, ConversationId
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
async def retrieve_conversation(operations: CallerOperations, conversation_id: ConversationId) -> EndpointResponse:
    """A thread is a conversation too. One that the key may not read does not exist."""
    return EndpointResponse(render_conversation(await operations.threads.get(conversation_id)))


@router.post(
    "", response_model=ConversationAnswer, summary="Create a conversation", responses=errors(InvalidInput, TooLarge)
)
async def create_conversation(
    operations: CallerOperations, new: Annotated[NewConversation, Body(examples=[{}, _EXAMPLE])]
) -> EndpointResponse:
    """With `items`, up to 20, it becomes visible together with all of them, in this order, or not at all."""
    await check_references(operations, None, new.items or [])
    return EndpointResponse(render_conversation(await operations.threads.create(new.to_input(), prefix="conv")))


@router.post(
    "/{conversation_id}",
    response_model=ConversationAnswer,
    summary="Update a conversation",
    responses=errors(Forbidden, ConversationNotFound, InvalidInput),
)
async def update_conversation(
    operations: CallerOperations,
    conversation_id: ConversationId,
    changes: Annotated[ConversationChanges, Body(examples=[{"metadata": {"topic": "space travel"}}])],
) -> EndpointResponse:
    """`metadata` is merged key by key."""
    return EndpointResponse(render_conversation(await update_thread(operations, conversation_id, changes.metadata)))


@router.delete(
    "/{conversation_id}",
    response_model=DeletedAnswer,
    summary="Delete a conversation",
    responses=errors(Forbidden, ConversationNotFound),
)
async def delete_conversation(operations: CallerOperations, conversation_id: ConversationId) -> Deleted:
    """With all its items: from the answer on every door says that it does not exist."""
    await operations.threads.delete(conversation_id)
    return Deleted.of("conversation", conversation_id)
