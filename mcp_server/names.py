"""Finds threads and users by their ids or, if there are none, by the external ids that applications know."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ..errors import Forbidden, InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ..client import AsyncClient
    from ..records import Page, ThreadRecord

T = TypeVar("T")
_NOT_FOUND = (NotFound, Forbidden, InvalidInput)
"""The errors of the service for an id that names nothing, that names something of others, or that is no id."""


async def in_thread(client: AsyncClient, name: str, call: Callable[[str], Awaitable[T]]) -> T:
    """Return what `call` returns for the thread with this id or external id.

    The error is always the error for the id. So a stranger does not learn whether an external id exists.
    """
    try:
        return await call(name)
    except _NOT_FOUND as error:
        try:
            thread = await client.thread_service.get_thread_by_external_id(name)
        except _NOT_FOUND:
            raise error from None
    return await call(thread.id)


async def threads_of_user(client: AsyncClient, name: str, limit: int, after: str | None = None) -> Page[ThreadRecord]:
    """The threads in which the user with this id or external id participates. An empty page if there is no such user."""
    found = await client.thread_service.find_threads(name, limit=limit, after=after)
    if found:
        return found
    try:
        user = await client.user_service.get_user_by_external_id(name)
    except _NOT_FOUND:
        return found
    return await client.thread_service.find_threads(user.id, limit=limit, after=after)
