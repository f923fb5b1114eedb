"""Pages of users, by the time they were made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...documents import User
from ...errors import UnknownCursor
from .cursors import place_of
from .timeline import Timeline

if TYPE_CHECKING:
    from ...documents import Documents
    from ...inputs import UserQuery
    from .cursors import Place
    from ..runtime import Store


async def find_page(store: Store, query: UserQuery) -> tuple[list[User], bool, str | None]:
    """The users of a page in the query's order, whether more follow, and the cursor that goes on from there."""
    users = store.documents.users
    timeline = Timeline(
        users.get_pymongo_collection(),
        User.Settings.indexes,
        "created_at",
        {} if query.email is None else {"email": query.email},
        {"deleted_at": None},
        store.stretches,
    )
    after = await _place(store.documents, "after", query.after)
    before = await _place(store.documents, "before", query.before)
    rows, has_more, cursor = await timeline.page(query, after, before)
    return [users.model_validate(row) for row in rows], has_more, cursor


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
