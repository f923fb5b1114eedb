"""Users that a file describes, and users of whom a file knows only the id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...clock import now
from ...inputs import NewUser
from ...services import insert_new

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...documents import Documents
    from .models import UserLine


async def insert_users(documents: Documents, users: list[UserLine]) -> tuple[int, list[UserLine]]:
    """Insert those whose ids are not there; how many were, and those whose address or identity another user has."""
    known = await known_users(documents, (user.id for user in users))
    new = {user.id: user for user in users if user.id not in known}
    rows = [_row(documents, user) for user in new.values()]
    taken = await insert_new(documents.users.get_pymongo_collection(), rows)
    return len(new) - len(taken), [new[row["_id"]] for row in taken]


async def create_unknown_users(documents: Documents, user_ids: Iterable[str]) -> int:
    """Make users of whom nothing but the id is known; how many were made."""
    moment = now()
    known = NewUser().model_dump()
    rows = [_dumped(documents, id=name, created_at=moment, updated_at=moment, **known) for name in user_ids]
    return len(rows) - len(await insert_new(documents.users.get_pymongo_collection(), rows))


async def known_users(documents: Documents, user_ids: Iterable[str]) -> set[str]:
    """Which of these users are there."""
    found = documents.users.get_pymongo_collection().find({"_id": {"$in": [*user_ids]}}, {"_id": 1})
    return {user["_id"] async for user in found}


def _row(documents: Documents, said: UserLine) -> dict[str, Any]:
    fields = said.model_dump(exclude={"object"})
    fields["updated_at"] = fields["updated_at"] or fields["created_at"]
    return _dumped(documents, **fields)


def _dumped(documents: Documents, **fields: Any) -> dict[str, Any]:
    row = documents.users(**fields).model_dump(exclude={"revision_id"})
    return {"_id": row.pop("id"), **row}
