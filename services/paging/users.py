"""Pages of users, in the order of their creation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...documents import User
from ...errors import UnknownCursor
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
    timeline = Timeline(
        users.get_pymongo_collection(),
        User.Settings.indexes,
        "created_at",
        _indexed(query),
        {"deleted_at": None, **_filters(query)},
        time_windows,
    )
    after = await _position(documents, "after", query.after)
    before = await _position(documents, "before", query.before)
    rows, has_more, cursor = await timeline.page(query, after, before)
    return [users.model_validate(row) for row in rows], has_more, cursor


def _filters(query: UserQuery) -> dict[str, Any]:
    names = ("external_id", "email", "provider_user_id", "oauth_provider")
    return {name: {"$eq": value} for name in names if (value := getattr(query, name)) is not None}


def _indexed(query: UserQuery) -> dict[str, Any]:
    """The equality that an index serves. The ids at a provider are indexed together with the provider."""
    if query.provider_user_id is not None and query.oauth_provider is not None:
        return {"oauth_provider": query.oauth_provider, "provider_user_id": query.provider_user_id}
    for name in ("external_id", "email"):
        value = getattr(query, name)
        if value is not None:
            return {name: value}
    return {}


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
