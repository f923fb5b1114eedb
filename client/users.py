"""The calls of `user_service`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import UserNotFound
from ..records import Erased, Record, UserRecord
from .call import Call, page_of, said, segment

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..inputs import Order
    from ..records import Page

R = TypeVar("R", bound=Record)
LONGEST_PAGE = 100
"""Users or threads that one request may ask for, as the server has it by default."""

_page = page_of(UserRecord)


def _path(user_id: str) -> str:
    return f"/v1/users/{segment(user_id, UserNotFound)}"


def create_user(
    *,
    email: str | None = None,
    full_name: str | None = None,
    given_name: str | None = None,
    family_name: str | None = None,
    picture_url: str | None = None,
    email_verified: bool | None = False,
    oauth_provider: str | None = "local",
    provider_user_id: str | None = None,
    name: str | None = None,
) -> Call[UserRecord]:
    """Make a user; every field may be left out. `name` is what the oldest clients call `full_name`.

    Raises `EmailTaken` or `IdentityTaken` where another user has the address, or the id at the provider.
    """
    body = said(
        email=email,
        full_name=full_name if full_name is not None else name,
        given_name=given_name,
        family_name=family_name,
        picture_url=picture_url,
        provider_user_id=provider_user_id,
    )
    body |= {"email_verified": email_verified, "oauth_provider": oauth_provider}
    return Call("POST", "/v1/users", UserRecord, body=body)


def get_user(user_id: str) -> Call[UserRecord]:
    """Return one user."""
    return Call("GET", _path(user_id), UserRecord)


def list_users(
    limit: int | None = None,
    *,
    after: str | None = None,
    before: str | None = None,
    order: Order = "desc",
    email: str | None = None,
) -> Call[Page[UserRecord]]:
    """A page of users by the time they were made, newest first unless said otherwise."""
    query = said(limit=limit, after=after, before=before, order=order, email=email)
    return Call("GET", "/v1/users", _page, query=query)


def iter_users(**filters: Any) -> Call[Page[UserRecord]]:
    """All users, page by page; takes what `list_users` takes."""
    return whole_list(list_users, filters)


def whole_list(pages: Callable[..., Call[Page[R]]], filters: dict[str, Any]) -> Call[Page[R]]:
    """The first of the pages of a list that is read to its end, as long as they may be unless the caller says how long."""
    if filters.get("limit") is not None:
        return pages(**filters)
    return replace(pages(**filters | {"limit": LONGEST_PAGE}), any_limit=True)


def update_user(user_id: str, **changes: Any) -> Call[UserRecord]:
    """Change the fields that are named (those of `create_user`); None empties one.

    Raises `EmailTaken` or `IdentityTaken` where another user has the address, or the id at the provider.
    """
    return Call("PUT", _path(user_id), UserRecord, body=changes)


def delete_user(user_id: str) -> Call[Erased]:
    """Erase a user, and say what was done: threads deleted or left, messages anonymised, keys revoked."""
    return Call("DELETE", _path(user_id), Erased)
