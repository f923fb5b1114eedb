"""Pages of users, in the order of their creation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...documents import User
from ...errors import UnknownCursor
from ...inputs import email_key
from .cursors import position_of
from .timeline import Timeline

if TYPE_CHECKING:
    from ...documents import Documents
    from ...inputs import UserQuery
    from .cursors import Position
    from .time_windows import TimeWindows


async def user_page(
    documents: Documents, time_windows: TimeWindows, query: UserQuery
) -> tuple[list[User], bool, str | None]:
    """The users of a page in the order of the query, whether more follow, and the cursor of the next page.

    Raises `UnknownCursor`.
    """
    users = documents.users
    filters = await _filters(documents, query)
    timeline = Timeline(
        users.get_pymongo_collection(),
        User.Settings.indexes,
        "created_at",
        _indexed(filters),
        {"deleted_at": None, **filters},
        time_windows,
    )
    after = await _position(documents, "after", query.after)
    before = await _position(documents, "before", query.before)
    rows, has_more, cursor = await timeline.page(query, after, before)
    return [users.model_validate(row) for row in rows], has_more, cursor


async def _filters(documents: Documents, query: UserQuery) -> dict[str, Any]:
    names = ("external_id", "provider_user_id", "oauth_provider")
    filters = {name: {"$eq": value} for name in names if (value := getattr(query, name)) is not None}
    return filters if query.email is None else filters | await _has_address(documents, query.email)


def _indexed(filters: dict[str, Any]) -> dict[str, Any]:
    """The equality that an index serves. The ids at a provider are indexed together with the provider."""
    for names in (("external_id",), ("email",), ("email_key",), ("oauth_provider", "provider_user_id")):
        if filters.keys() >= set(names):
            return {name: filters[name] for name in names}
    return {}


async def _has_address(documents: Documents, address: str) -> dict[str, Any]:
    """The filter for the user with this address: as it was sent, or else in any case.

    Before version 2, two users could have the same address in different cases. Each of them is found by its own.
    """
    exact = {"email": address}
    found, _ = await documents.fast_users.find({**exact, "deleted_at": None}, {"_id": 1}, limit=1)
    return exact if found else {"email_key": email_key(address)}


async def _position(documents: Documents, name: str, cursor: str | None) -> Position | None:
    if cursor is None:
        return None
    position = position_of(name, cursor)
    if position is not None:
        return position
    user = await documents.users.get(cursor)
    if user is None:
        raise UnknownCursor(name, cursor)
    return user.created_at, cursor
