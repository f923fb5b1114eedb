"""Threads, as the SDK's `beta.threads` has them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body

from ...errors import Forbidden, InvalidInput, ThreadNotFound, TooLarge
from ..http import EndpointResponse
from .errors import NotKept
from .merging import update_thread as update
from .parameters import CallerOperations, ThreadId
from .requests import NewOpenAIThread, OpenAIThreadChanges
from .response_models import DeletedAnswer, ThreadAnswer, errors
from .routes import ThreadRoute
from .views import render_thread

router = APIRouter(prefix="/v1/threads", tags=["threads"], route_class=ThreadRoute)

_EXAMPLE = {"messages": [{"role": "user", "content": "Hello"}], "metadata": {"topic": "time travel"}}


@router.get("/{thread_id}", response_model=ThreadAnswer, summary="Retrieve a thread", responses=errors(ThreadNotFound))
async def retrieve_thread(operations: CallerOperations, thread_id: ThreadId) -> EndpointResponse:
    """A conversation is a thread too. One that the key may not read does not exist."""
    return EndpointResponse(render_thread(await operations.threads.get(thread_id)))


@router.post("", response_model=ThreadAnswer, summary="Create a thread", responses=errors(InvalidInput, TooLarge))
async def create_thread(
    operations: CallerOperations, new: Annotated[NewOpenAIThread, Body(examples=[{}, _EXAMPLE])]
) -> EndpointResponse:
    """With `messages` it becomes visible together with all of them, in this order, or not at all.

    A user's key makes its user the owner; other keys make a thread that only services and admins see.
    """
    return EndpointResponse(render_thread(await operations.threads.create(new.to_input())))


@router.post("/runs", include_in_schema=False)
async def create_and_run() -> dict[str, Any]:
    """Not a thread's id."""
    raise NotKept("runs")


@router.post(
    "/{thread_id}",
    response_model=ThreadAnswer,
    summary="Modify a thread",
    responses=errors(Forbidden, ThreadNotFound, InvalidInput),
)
async def update_thread(
    operations: CallerOperations,
    thread_id: ThreadId,
    changes: Annotated[OpenAIThreadChanges, Body(examples=[{"metadata": {"topic": "space travel"}}])],
) -> EndpointResponse:
    """`metadata` is merged key by key and `tool_resources` tool by tool; what is not sent, or null, stays."""
    return EndpointResponse(
        render_thread(await update(operations, thread_id, changes.metadata, changes.tool_resources))
    )


@router.delete(
    "/{thread_id}",
    response_model=DeletedAnswer,
    summary="Delete a thread",
    responses=errors(Forbidden, ThreadNotFound),
)
async def delete_thread(operations: CallerOperations, thread_id: ThreadId) -> EndpointResponse:
    """With all its messages: from the answer on every door says that it does not exist."""
    return EndpointResponse(await operations.threads.delete(thread_id))
