"""The routes behind `conversations.items` of the SDK."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from ...errors import Forbidden, InvalidInput, TooLarge, UnknownCursor
from ..http import LARGE_PAGE_BYTES, EndpointResponse, answers_up_to
from .errors import ConversationNotFound, ItemNotFound
from .item_pages import item_page
from .parameters import ConversationId, Included, ItemId, ItemPage, OptionalRetry, RequestOperations
from .references import check_references
from .requests import NewItems
from .response_models import ConversationAnswer, ItemAnswer, ListAnswer, errors
from .routes import ConversationRoute
from .single_items import delete_item, find_item
from .views import render_conversation, render_entry, render_list

router = APIRouter(prefix="/v1/conversations/{conversation_id}/items", tags=["items"], route_class=ConversationRoute)

_EXAMPLE = {
    "items": [
        {"type": "message", "role": "user", "content": "What is the weather in Paris?"},
        {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": '{"city": "Paris"}'},
    ]
}


@router.get(
    "",
    response_model=ListAnswer[ItemAnswer],
    summary="List a conversation's items",
    responses=errors(ConversationNotFound, UnknownCursor, InvalidInput),
)
@answers_up_to(LARGE_PAGE_BYTES)
async def list_items(
    operations: RequestOperations, conversation_id: ConversationId, query: ItemPage
) -> EndpointResponse:
    """Newest first unless `order` is `asc`. Messages of other APIs are shown in the most similar form.

    A message of an assistant with tool calls is several items: its words, then each call.
    """
    items, has_more = await item_page(operations, conversation_id, query.to_input())
    return EndpointResponse(render_list(items, has_more=has_more))


@router.post(
    "",
    response_model=ListAnswer[ItemAnswer],
    summary="Create items",
    responses=errors(ConversationNotFound, ItemNotFound, InvalidInput, TooLarge),
)
async def create_items(
    operations: RequestOperations,
    conversation_id: ConversationId,
    new: Annotated[NewItems, Body(examples=[_EXAMPLE])],
    included: Included,
    keyless_retry: OptionalRetry,
) -> EndpointResponse:
    """1 to 20 items become visible together and in this order, or nothing is stored. The answer is the list of the items.

    Threadkeep keeps an id that begins with the prefix of its kind, such as `rs_`, and replaces all other ids. If the answer is
    lost and the SDK sends the request again, Threadkeep recognises most retries and stores the items once. With an
    `Idempotency-Key` it recognises every retry.
    """
    _ = included  # all fields are always included
    await check_references(operations, conversation_id, new.items)
    messages = operations.messages.rendered_by(render_entry)
    entries = new.to_input()
    if not entries:
        await operations.threads.get(conversation_id)
        return EndpointResponse(render_list([], has_more=False))
    stored = await messages.append(conversation_id, entries, prefix="msg", keyless_retry=keyless_retry)
    return EndpointResponse(render_list([item for entry in stored for item in entry["items"]], has_more=False))


@router.get(
    "/{item_id}",
    response_model=ItemAnswer,
    summary="Retrieve an item",
    responses=errors(ConversationNotFound, ItemNotFound),
)
async def retrieve_item(
    operations: RequestOperations, conversation_id: ConversationId, item_id: ItemId, included: Included
) -> EndpointResponse:
    """The item must belong to this conversation."""
    _ = included
    return EndpointResponse((await find_item(operations, conversation_id, item_id))[1])


@router.delete(
    "/{item_id}",
    response_model=ConversationAnswer,
    summary="Delete an item",
    responses=errors(Forbidden, ConversationNotFound, ItemNotFound),
)
async def delete_one_item(
    operations: RequestOperations, conversation_id: ConversationId, item_id: ItemId
) -> EndpointResponse:
    """The item must belong to this conversation. The answer is the conversation."""
    await delete_item(operations, conversation_id, item_id)
    return EndpointResponse(render_conversation(await operations.threads.get(conversation_id)))
