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
    timeline = Timeline(
        users.get_pymongo_collection(),
        User.Settings.indexes,
        "created_at",
        {} if query.email is None else await _has_address(documents, query.email),
        {"deleted_at": None},
        time_windows,
    )
    after = await _position(documents, "after", query.after)
    before = await _position(documents, "before", query.before)
    rows, has_more, cursor = await timeline.page(query, after, before)
    return [users.model_validate(row) for row in rows], has_more, cursor


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
