"""The routes behind `beta.threads` of the SDK."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body

from ...errors import Forbidden, InvalidInput, ThreadNotFound, TooLarge
from ..http import EndpointResponse
from .errors import NotSupported
from .merging import update_thread as update
from .parameters import RequestOperations, ThreadId
from .requests import NewOpenAIThread, OpenAIThreadChanges
from .response_models import DeletedAnswer, ThreadAnswer, errors
from .routes import ThreadRoute
from .views import render_thread

router = APIRouter(prefix="/v1/threads", tags=["threads"], route_class=ThreadRoute)

_EXAMPLE = {"messages": [{"role": "user", "content": "Hello"}], "metadata": {"topic": "time travel"}}


@router.get("/{thread_id}", response_model=ThreadAnswer, summary="Retrieve a thread", responses=errors(ThreadNotFound))
async def retrieve_thread(operations: RequestOperations, thread_id: ThreadId) -> EndpointResponse:
    """The id may be that of a conversation. If the key has no right to read the thread, the status is 404."""
    return EndpointResponse(render_thread(await operations.threads.get(thread_id)))


@router.post("", response_model=ThreadAnswer, summary="Create a thread", responses=errors(InvalidInput, TooLarge))
async def create_thread(
    operations: RequestOperations, new: Annotated[NewOpenAIThread, Body(examples=[{}, _EXAMPLE])]
) -> EndpointResponse:
    """With `messages`, the thread and all its messages become visible together, in this order, or nothing is stored.

    With a user's key the user becomes the owner. With another key only services and admins see the thread.
    """
    return EndpointResponse(render_thread(await operations.threads.create(new.to_input())))


@router.post("/runs", include_in_schema=False)
async def create_and_run() -> dict[str, Any]:
    """Refuse the path of OpenAI's runs, which has the form of a thread's path."""
    raise NotSupported("runs")


@router.post(
    "/{thread_id}",
    response_model=ThreadAnswer,
    summary="Modify a thread",
    responses=errors(Forbidden, ThreadNotFound, InvalidInput),
)
async def update_thread(
    operations: RequestOperations,
    thread_id: ThreadId,
    changes: Annotated[OpenAIThreadChanges, Body(examples=[{"metadata": {"topic": "space travel"}}])],
) -> EndpointResponse:
    """`metadata` is merged by key and `tool_resources` by tool. Fields that are null or missing keep their value."""
    return EndpointResponse(
        render_thread(await update(operations, thread_id, changes.metadata, changes.tool_resources))
    )


@router.delete(
    "/{thread_id}",
    response_model=DeletedAnswer,
    summary="Delete a thread",
    responses=errors(Forbidden, ThreadNotFound),
)
async def delete_thread(operations: RequestOperations, thread_id: ThreadId) -> EndpointResponse:
    """Deletes all messages of the thread too. When the request is answered, no API shows the thread."""
    return EndpointResponse(await operations.threads.delete(thread_id))
