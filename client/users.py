"""Builds the calls of `user_service`: one function for each method of the clients."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

from ..errors import UserNotFound, explained
from ..records import Erased, Record, UserRecord
from .call import Call, external_segment, page_of, segment, without_none

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..inputs import Order, UserFilters, UserUpdate
    from ..records import Page

R = TypeVar("R", bound=Record)
MAX_PAGE = 100
"""Users or threads per request that a server allows by default."""

_page = page_of(UserRecord)


def _path(user_id: str) -> str:
    return f"/v1/users/{segment(user_id, UserNotFound)}"


def _external_path(external_id: str) -> str:
    return f"/v1/external-ids/users/{external_segment(external_id)}"


def create_user(
    *,
    external_id: str | None = None,
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
    """Create a user. Every field is optional. The oldest clients send `name` instead of `full_name`.

    `external_id` is the user's id in the application: any text of 1 to 256 characters.

    Raises `ExternalIdTaken`, `EmailTaken` or `IdentityTaken` if another user has the external id, the e-mail address or the
    id at the provider.
    """
    body = without_none(
        external_id=external_id,
        email=email,
        full_name=full_name if full_name is not None else name,
        given_name=given_name,
        family_name=family_name,
        picture_url=picture_url,
        provider_user_id=provider_user_id,
    )
    body |= {"email_verified": email_verified, "oauth_provider": oauth_provider}
    return Call("POST", "/v1/users", UserRecord, body=body)


def ensure_user(
    external_id: str,
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
    """Return the user whose id in the application is `external_id`. Create the user if there is none.

    Any number of callers may race: they all get one user. The other arguments are for a new user (those of `create_user`).
    A user who exists is not changed. `external_id` is any text of 1 to 256 characters.

    Raises `EmailTaken` or `IdentityTaken` if a user with another external id has the e-mail address, or the id at the
    provider.
    """
    body = without_none(
        email=email,
        full_name=full_name if full_name is not None else name,
        given_name=given_name,
        family_name=family_name,
        picture_url=picture_url,
        provider_user_id=provider_user_id,
    )
    body |= {"email_verified": email_verified, "oauth_provider": oauth_provider}
    return Call("PUT", _external_path(external_id), UserRecord, body=body)


def get_user_by_external_id(external_id: str) -> Call[UserRecord]:
    """Return the user whose id in the application is `external_id`."""
    return Call("GET", _external_path(external_id), UserRecord)


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
    external_id: str | None = None,
    oauth_provider: str | None = None,
    provider_user_id: str | None = None,
) -> Call[Page[UserRecord]]:
    """Return one page of users by creation time, newest first unless `order` is "asc".

    `limit` is 1 to 100 (20 if it is not given). `after` and `before` take the id of a user or a page's `next_cursor`.
    `next_cursor` also works if the user was erased since.

    The list has the users who match every given filter. Give `oauth_provider` and `provider_user_id` together.
    """
    query = without_none(
        limit=limit,
        after=after,
        before=before,
        order=order,
        email=email,
        external_id=external_id,
        oauth_provider=oauth_provider,
        provider_user_id=provider_user_id,
    )
    return Call("GET", "/v1/users", _page, query=query)


def iter_users(**filters: Unpack[UserFilters]) -> Call[Page[UserRecord]]:
    """Iterate over all users, page by page. Takes the arguments of `list_users`; `limit` is the size of a page."""
    return first_page(list_users, filters)


def first_page(pages: Callable[..., Call[Page[R]]], filters: Mapping[str, Any]) -> Call[Page[R]]:
    """Return the call for the first page of a list that is read to its end.

    Without a `limit` in `filters`, pages are as long as the server allows.
    """
    pages = explained(pages)
    if filters.get("limit") is not None:
        return pages(**filters)
    return replace(pages(**{**filters, "limit": MAX_PAGE}), limit_may_shrink=True)


def update_user(user_id: str, **changes: Unpack[UserUpdate]) -> Call[UserRecord]:
    """Change the named fields of a user (the fields of `create_user`). None empties a field.

    The key of a user may not change `email`, `email_verified`, `oauth_provider` and `provider_user_id`: it raises `Forbidden`.
    Raises `EmailTaken` or `IdentityTaken` if another user has the e-mail address, or the id at the provider.
    """
    return Call("PUT", _path(user_id), UserRecord, body=changes)


def delete_user(user_id: str) -> Call[Erased]:
    """Erase a user, and return the counts of deleted and left threads, anonymised messages and revoked keys.

    Threads that the user owns are deleted with all their messages. The user is removed from the participants of other
    threads; a thread without participants is deleted too. Messages that the user sent there stay, with `deleted_user`
    as their sender. The user's keys stop working. The user does not exist for any reader from the first write on. If
    the process is killed in between, the sweeper completes the erasure.
    """
    return Call("DELETE", _path(user_id), Erased)
