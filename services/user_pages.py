"""Pages of users, by the time they were made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from beanie import SortDirection

from ..errors import UnknownCursor
from .places import beyond, cursor_of, place_of

if TYPE_CHECKING:
    from ..documents import Documents, User
    from ..inputs import UserQuery
    from .places import Place


async def find_page(documents: Documents, query: UserQuery) -> tuple[list[User], bool, str | None]:
    """The users of a page in the query's order, whether more follow, and the cursor that goes on from there."""
    ascending = query.order == "asc"
    upward = ascending if query.after is not None or query.before is None else not ascending
    conditions: list[dict[str, Any]] = [{"deleted_at": None}]
    if query.email is not None:
        conditions.append({"email": {"$eq": query.email}})
    for name, cursor, above in (("after", query.after, ascending), ("before", query.before, not ascending)):
        if cursor is not None:
            place = await _place(documents, name, cursor)
            conditions.append(beyond("created_at", "$gt" if above else "$lt", place))
    direction = SortDirection.ASCENDING if upward else SortDirection.DESCENDING
    users = await documents.users.find(
        {"$and": conditions}, sort=[("created_at", direction), ("_id", direction)], limit=query.limit + 1
    ).to_list()
    has_more = len(users) > query.limit
    del users[query.limit :]
    if upward != ascending:
        users.reverse()
    return users, has_more, cursor_of((users[-1].created_at, users[-1].id)) if users and has_more else None


async def _place(documents: Documents, name: str, cursor: str) -> Place:
    place = place_of(name, cursor)
    if place is not None:
        return place
    user = await documents.users.get(cursor)
    if user is None:
        raise UnknownCursor(name, cursor)
    return user.created_at, cursor
