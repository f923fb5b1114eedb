"""The routes of the native API that read a history for a model, and store summaries for it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body

from ...errors import BudgetTooSmall, Forbidden, InvalidInput, ThreadNotFound, TooLarge
from ...inputs import NewSummary
from ..http import IF_MATCH_THREAD, LARGE_PAGE_BYTES, EndpointResponse, StrictRoute, answers_up_to
from .errors import errors
from .messages import APPEND_ERRORS
from .parameters import ContextWindow, ExpectedThread, RequestOperations, ThreadId
from .response_models import ContextOut, MessageOut

router = APIRouter(prefix="/v1", tags=["messages"], route_class=StrictRoute)

SummaryBody = Annotated[NewSummary, Body(examples=[{"text": "Ada asked for a quiet room.", "upto_seq": 120}])]


@router.post(
    "/threads/{thread_id}/summaries",
    response_model=MessageOut,
    summary="Append a summary of older messages",
    responses=APPEND_ERRORS,
    openapi_extra=IF_MATCH_THREAD,
)
async def add_summary(
    operations: RequestOperations, thread_id: ThreadId, expected: ExpectedThread, new: SummaryBody
) -> EndpointResponse:
    """`GET /v1/threads/{thread_id}/context` shows it in place of the messages that it covers. They stay as they are.

    The summary is a message of type `summary`. To revoke it, delete it. It needs the right to change the thread.
    """
    return EndpointResponse(await operations.messages.add_summary(thread_id, new, expected_seq=expected.seq))


@router.get(
    "/threads/{thread_id}/formatted_messages",
    response_model=list[dict[str, Any]],
    summary="Get a thread's history for a model",
    responses=errors(Forbidden, ThreadNotFound, TooLarge),
)
@answers_up_to(4 * LARGE_PAGE_BYTES)
async def get_formatted_messages(operations: RequestOperations, thread_id: ThreadId) -> EndpointResponse:
    """All messages in the form of a chat-completions call: `role`, `content`, and the fields of tools. The limit is 64 MiB."""
    return EndpointResponse(await operations.messages.formatted(thread_id))


@router.get(
    "/threads/{thread_id}/context",
    response_model=ContextOut,
    summary="Get what is sent to a model next",
    responses=errors(Forbidden, ThreadNotFound, BudgetTooSmall, TooLarge, InvalidInput),
)
@answers_up_to(LARGE_PAGE_BYTES)
async def get_context(operations: RequestOperations, thread_id: ThreadId, query: ContextWindow) -> EndpointResponse:
    """The newest turns of a thread that fit into `max_tokens`, valid for the model API that `format` names.

    The instructions with which the thread begins are always there. The beginning of the window moves in steps, so that caches
    of prefixes keep working. If not even the newest turn fits, the answer says how many tokens it needs.
    """
    return EndpointResponse(await operations.messages.context(thread_id, query))
