"""Pages of users, by the time they were made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import UnknownCursor
from .places import beyond, bounds, cursor_of, limits, place_of

if TYPE_CHECKING:
    from ..documents import Documents, User
    from ..inputs import UserQuery
    from .places import Place


async def find_page(documents: Documents, query: UserQuery) -> tuple[list[User], bool, str | None]:
    """The users of a page in the query's order, whether more follow, and the cursor that goes on from there."""
    ascending = query.order == "asc"
    after = await _place(documents, "after", query.after)
    before = await _place(documents, "before", query.before)
    upward = ascending if after is not None or before is None else not ascending
    low, high = (after, before) if ascending else (before, after)
    email = {} if query.email is None else {"email": query.email}
    found = await documents.users.get_pymongo_collection().aggregate(
        [
            {"$match": {**email, **bounds("created_at", low, high)}},
            {"$match": {"deleted_at": None}},
            *({"$match": beyond("created_at", *limit)} for limit in limits(low, high)),
            {"$sort": dict.fromkeys(("created_at", "_id"), 1 if upward else -1)},
            {"$limit": query.limit + 1},
        ]
    )
    users = [documents.users.model_validate(row) async for row in found]
    has_more = len(users) > query.limit
    del users[query.limit :]
    cursor = cursor_of((users[-1].created_at, users[-1].id)) if has_more else None
    if upward != ascending:
        users.reverse()
    return users, has_more, cursor


async def _place(documents: Documents, name: str, cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    place = place_of(name, cursor)
    if place is not None:
        return place
    user = await documents.users.get(cursor)
    if user is None:
        raise UnknownCursor(name, cursor)
    return user.created_at, cursor
