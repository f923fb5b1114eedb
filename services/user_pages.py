"""Pages of users, by the time they were made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from beanie import SortDirection

from ..errors import UnknownCursor

if TYPE_CHECKING:
    from ..documents import Documents, User
    from ..inputs import UserQuery


async def find_page(documents: Documents, query: UserQuery) -> tuple[list[User], bool]:
    """The users of a page in the query's order, and whether more follow."""
    ascending = query.order == "asc"
    upward = ascending if query.after is not None or query.before is None else not ascending
    direction = SortDirection.ASCENDING if upward else SortDirection.DESCENDING
    conditions: list[dict[str, Any]] = [{"deleted_at": None}]
    if query.email is not None:
        conditions.append({"email": {"$eq": query.email}})
    for name, cursor, above in (("after", query.after, ascending), ("before", query.before, not ascending)):
        if cursor is not None:
            conditions.append(await _beyond(documents, name, cursor, above=above))
    users = await documents.users.find(
        {"$and": conditions}, sort=[("created_at", direction), ("_id", direction)], limit=query.limit + 1
    ).to_list()
    has_more = len(users) > query.limit
    del users[query.limit :]
    if upward != ascending:
        users.reverse()
    return users, has_more


async def _beyond(documents: Documents, name: str, cursor: str, *, above: bool) -> dict[str, Any]:
    user = await documents.users.get(cursor)
    if user is None:
        raise UnknownCursor(name, cursor)
    operator = "$gt" if above else "$lt"
    return {
        "created_at": {f"{operator}e": user.created_at},
        "$or": [
            {"created_at": {operator: user.created_at}},
            {"created_at": user.created_at, "_id": {operator: user.id}},
        ],
    }
