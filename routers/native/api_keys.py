"""The routes of API keys in the native API."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from ...errors import Forbidden, InvalidInput, KeyNotFound, TooManyKeys, UnknownCursor, UserNotFound
from ...inputs import NewKey, NewUserKey
from ...records import KeyRecord, NewKeyRecord
from ..http import SECRET, EndpointResponse, StrictRoute
from .errors import errors
from .next_cursor_header import next_cursor
from .parameters import KeyFilter, KeyPrefix, RequestOperations, UserId
from .response_models import KeyOut, KeysOut, NewKeyOut

router = APIRouter(prefix="/v1", tags=["API keys"], route_class=StrictRoute)

UserKeyBody = Annotated[NewUserKey, Body(examples=[{"key_name": "laptop", "expires_in_days": 90}])]


@router.post(
    "/admin/users/{user_id}/keys",
    operation_id="create_user_key_as_admin",
    status_code=201,
    response_model=NewKeyOut,
    openapi_extra=SECRET,
    summary="Create a user's key, as admin",
    responses=errors(Forbidden, UserNotFound, TooManyKeys, InvalidInput),
)
@router.post(
    "/users/{user_id}/apikeys",
    status_code=201,
    response_model=NewKeyOut,
    openapi_extra=SECRET,
    summary="Create a user's key",
    responses=errors(Forbidden, UserNotFound, TooManyKeys, InvalidInput),
)
async def create_user_key(operations: RequestOperations, user_id: UserId, new: UserKeyBody) -> NewKeyRecord:
    """For admins and the user. Only this answer contains the key. Threadkeep stores a hash of the key.

    The key expires with the key that creates it, or earlier.
    """
    return await operations.keys.create_for_user(user_id, new)


@router.get(
    "/admin/users/{user_id}/keys",
    operation_id="list_user_keys_as_admin",
    response_model=KeysOut,
    summary="List a user's keys, as admin",
    responses=errors(Forbidden, UnknownCursor),
)
@router.get(
    "/users/{user_id}/apikeys",
    response_model=KeysOut,
    summary="List a user's keys",
    responses=errors(Forbidden, UnknownCursor),
)
async def list_user_keys(operations: RequestOperations, user_id: UserId, query: KeyFilter) -> EndpointResponse:
    """For admins and the user. Oldest first, without secrets. `include_inactive=false` omits revoked and expired keys.

    An answer holds at most 10,000 keys. If more follow, it has the header `x-next-cursor`: send its value in `after`.
    """
    keys, cursor = await operations.keys.list_keys(user_id, query)
    return EndpointResponse({"keys": keys}, headers=next_cursor(cursor))


@router.get(
    "/users/{user_id}/apikeys/{prefix}",
    response_model=KeyOut,
    summary="Get a user's key",
    responses=errors(Forbidden, KeyNotFound),
)
async def get_user_key(operations: RequestOperations, user_id: UserId, prefix: KeyPrefix) -> KeyRecord:
    """For admins and the user: the key that begins with `prefix`, without its secret."""
    return await operations.keys.get(prefix, user_id=user_id)


@router.delete(
    "/users/{user_id}/apikeys/{prefix}",
    status_code=204,
    summary="Revoke a user's key",
    responses=errors(Forbidden, KeyNotFound),
)
async def revoke_user_key(operations: RequestOperations, user_id: UserId, prefix: KeyPrefix) -> None:
    """For admins and the user. The key stops working within seconds, on every process."""
    await operations.keys.revoke(prefix, user_id=user_id)


@router.post(
    "/admin/keys",
    status_code=201,
    response_model=NewKeyOut,
    openapi_extra=SECRET,
    summary="Create a key of any scope",
    responses=errors(Forbidden, UserNotFound, TooManyKeys, InvalidInput),
)
async def create_key(
    operations: RequestOperations,
    new: Annotated[NewKey, Body(examples=[{"scope": "service", "key_name": "support bot"}])],
) -> NewKeyRecord:
    """For admins. The scope `admin` has all rights, `service` reads and writes all threads, `user` acts for one user."""
    return await operations.keys.create(new)


@router.get("/admin/keys", response_model=KeysOut, summary="List all keys", responses=errors(Forbidden, UnknownCursor))
async def list_keys(operations: RequestOperations, query: KeyFilter) -> EndpointResponse:
    """For admins. Oldest first, without secrets. `include_inactive=false` omits revoked and expired keys.

    An answer holds at most 10,000 keys. If more follow, it has the header `x-next-cursor`: send its value in `after`.
    """
    keys, cursor = await operations.keys.list_keys(None, query)
    return EndpointResponse({"keys": keys}, headers=next_cursor(cursor))


@router.get(
    "/admin/keys/{prefix}", response_model=KeyOut, summary="Get any key", responses=errors(Forbidden, KeyNotFound)
)
async def get_key(operations: RequestOperations, prefix: KeyPrefix) -> KeyRecord:
    """For admins and the user of the key: the key that begins with `prefix`, without its secret."""
    return await operations.keys.get(prefix)


@router.delete(
    "/admin/keys/{prefix}", status_code=204, summary="Revoke any key", responses=errors(Forbidden, KeyNotFound)
)
async def revoke_key(operations: RequestOperations, prefix: KeyPrefix) -> None:
    """For admins. The key stops working within seconds, on every process."""
    await operations.keys.revoke(prefix)
