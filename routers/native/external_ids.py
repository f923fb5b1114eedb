"""The routes of users and threads by their external ids: the names that the application gave to them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path
from pydantic import BaseModel

from ...errors import (
    EmailTaken,
    Forbidden,
    IdentityTaken,
    InvalidInput,
    InvalidParticipants,
    ThreadNotFound,
    UserNotFound,
)
from ...inputs import LONGEST_ID, NewThreadFields, NewUserFields
from ...records import UserRecord
from ..http import EndpointResponse, StrictRoute, thread_etag
from .errors import errors
from .parameters import RequestOperations
from .response_models import ThreadOut, UserOut

ExternalId = Annotated[
    str,
    Path(description="The name in the application.", examples=["chat/12"], min_length=1, max_length=LONGEST_ID),
]
_CREATED = 201

router = APIRouter(prefix="/v1/external-ids", tags=["external ids"], route_class=StrictRoute)


def _created(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    return {_CREATED: {"description": "Created", "model": model}}


@router.get(
    "/users/{external_id}",
    response_model=UserOut,
    summary="Get a user by the external id",
    responses=errors(Forbidden, UserNotFound),
)
async def get_user_by_external_id(operations: RequestOperations, external_id: ExternalId) -> UserRecord:
    """For admins and services."""
    return await operations.users.get_by_external_id(external_id)


@router.put(
    "/users/{external_id}",
    response_model=UserOut,
    summary="Get or create a user by the external id",
    responses={**errors(Forbidden, EmailTaken, IdentityTaken, InvalidInput), **_created(UserOut)},
)
async def ensure_user(
    operations: RequestOperations,
    external_id: ExternalId,
    new: Annotated[NewUserFields, Body(examples=[{"full_name": "Ada Lovelace"}])],
) -> EndpointResponse:
    """For admins; a service gets a user who exists. Answers 201 if the request created the user. A retry may answer 200.

    However many requests race, they all get one user. The body is for a new user. A user who exists is not changed.
    """
    user, created = await operations.users.ensure(external_id, new)
    return EndpointResponse(user, status=_CREATED if created else None)


@router.get(
    "/threads/{external_id}",
    response_model=ThreadOut,
    summary="Get a thread by the external id",
    responses=errors(Forbidden, ThreadNotFound),
)
async def get_thread_by_external_id(operations: RequestOperations, external_id: ExternalId) -> EndpointResponse:
    """For the thread's participants, services and admins. The keys of a user have external ids of their own."""
    thread = await operations.threads.get_by_external_id(external_id)
    return EndpointResponse(thread, headers=thread_etag(thread))


@router.put(
    "/threads/{external_id}",
    response_model=ThreadOut,
    summary="Get or create a thread by the external id",
    responses={**errors(Forbidden, InvalidParticipants, InvalidInput), **_created(ThreadOut)},
)
async def ensure_thread(
    operations: RequestOperations,
    external_id: ExternalId,
    new: Annotated[NewThreadFields, Body(examples=[{"participant_ids": ["user_8tYOlZFZ36TDirMUbGvJ9g"]}])],
) -> EndpointResponse:
    """Answers 201 if the request created the thread. A retry of this request may answer 200, with the same body.

    The keys of a user have external ids of their own. However many requests race, they all get one thread. The body is for a new
    thread. A thread that exists is not changed.
    After the thread is deleted, its external id is free.
    """
    thread, created = await operations.threads.ensure(external_id, new)
    return EndpointResponse(thread, status=_CREATED if created else None, headers=thread_etag(thread))
