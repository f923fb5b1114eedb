"""The routes of users in the native API."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from ...errors import EmailTaken, Forbidden, IdentityTaken, InvalidInput, UnknownCursor, UserNotFound
from ...inputs import NewUser, UserChanges
from ...records import Erased, UserRecord
from ..http import EndpointResponse, StrictRoute
from .errors import errors
from .next_cursor_header import next_cursor
from .parameters import RequestOperations, ThreadIds, UserId, UserPage
from .response_models import ErasedOut, PageOut, ThreadIdsOut, UserOut

router = APIRouter(prefix="/v1/users", tags=["users"], route_class=StrictRoute)


@router.post(
    "",
    status_code=201,
    response_model=UserOut,
    summary="Create a user",
    responses=errors(Forbidden, EmailTaken, IdentityTaken, InvalidInput),
)
async def create_user(
    operations: RequestOperations, new: Annotated[NewUser, Body(examples=[{"full_name": "Ada Lovelace"}])]
) -> UserRecord:
    """For admins. All fields are optional. Two users cannot have the same e-mail address."""
    return await operations.users.create(new)


@router.get(
    "", response_model=PageOut[UserOut], summary="List users", responses=errors(Forbidden, UnknownCursor, InvalidInput)
)
async def list_users(operations: RequestOperations, query: UserPage) -> EndpointResponse:
    """For admins and services. The list is sorted by `created_at`, newest first unless `order` is `asc`."""
    return EndpointResponse((await operations.users.page(query)).envelope())


@router.get("/{user_id}", response_model=UserOut, summary="Get a user", responses=errors(Forbidden, UserNotFound))
async def get_user(operations: RequestOperations, user_id: UserId) -> UserRecord:
    """For admins, services and the user."""
    return await operations.users.get(user_id)


@router.put(
    "/{user_id}",
    response_model=UserOut,
    summary="Update a user",
    responses=errors(Forbidden, UserNotFound, EmailTaken, IdentityTaken, InvalidInput),
)
async def update_user(
    operations: RequestOperations,
    user_id: UserId,
    changes: Annotated[UserChanges, Body(examples=[{"given_name": "Ada"}])],
) -> UserRecord:
    """For admins, services and the user. Fields that are not sent keep their value. Null removes a value.

    The key of a user sets only names and the picture: `email`, `email_verified`, `oauth_provider` and `provider_user_id` are
    refused.
    """
    return await operations.users.update(user_id, changes)


@router.delete(
    "/{user_id}", response_model=ErasedOut, summary="Erase a user", responses=errors(Forbidden, UserNotFound)
)
async def delete_user(operations: RequestOperations, user_id: UserId) -> Erased:
    """For admins.

    The user's keys are deleted. Threads that the user owns are deleted with all their messages. So are threads without an owner
    that have no other participant. The user leaves all other threads: the user's messages stay there, and their sender becomes
    `deleted_user`.
    """
    return await operations.users.delete(user_id)


@router.get(
    "/{user_id}/threads",
    operation_id="list_threads",
    response_model=ThreadIdsOut,
    summary="List a user's threads",
    responses=errors(Forbidden, UnknownCursor),
)
async def list_threads(operations: RequestOperations, user_id: UserId, query: ThreadIds) -> EndpointResponse:
    """For admins, services and the user: the ids of the user's threads, most recently active first.

    An answer holds at most 10,000 ids. If more follow, it has the header `x-next-cursor`: send its value in `after`.
    """
    ids, cursor = await operations.threads.list_ids(user_id, query)
    return EndpointResponse({"thread_ids": ids}, headers=next_cursor(cursor))
