"""Inserts the users of a file, and users of whom the file has only the id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....clock import now
from ....inputs import NewUser, with_email_key
from ....services import insert_new

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ....documents import Documents
    from .models import UserLine


async def insert_users(
    documents: Documents, users: list[UserLine], *, dry_run: bool = False
) -> tuple[int, list[UserLine]]:
    """Insert the users with new ids. A dry run only counts them.

    Return the number of inserted users, and the users whose e-mail address or identity belongs to another user.
    """
    known = await known_users(documents, (user.id for user in users))
    new = {user.id: user for user in users if user.id not in known}
    if dry_run:
        return len(new), []
    rows = [_row(documents, user) for user in new.values()]
    taken = await insert_new(documents.users.get_pymongo_collection(), rows)
    return len(new) - len(taken), [new[row["_id"]] for row in taken]


async def create_unknown_users(documents: Documents, user_ids: Iterable[str]) -> int:
    """Insert users with these ids and default fields, and return the number of inserted users."""
    moment = now()
    defaults = NewUser().model_dump()
    rows = [_stored_row(documents, id=name, created_at=moment, updated_at=moment, **defaults) for name in user_ids]
    return len(rows) - len(await insert_new(documents.users.get_pymongo_collection(), rows))


async def known_users(documents: Documents, user_ids: Iterable[str], *, living: bool = False) -> set[str]:
    """Return the ids of those users that exist. With `living`, a user who is being erased does not."""
    filters = {"_id": {"$in": [*user_ids]}, **({"deleted_at": None} if living else {})}
    found = documents.users.get_pymongo_collection().find(filters, {"_id": 1})
    return {user["_id"] async for user in found}


def _row(documents: Documents, line: UserLine) -> dict[str, Any]:
    fields = line.model_dump(exclude={"object"})
    fields["updated_at"] = fields["updated_at"] or fields["created_at"]
    return _stored_row(documents, **fields)


def _stored_row(documents: Documents, **fields: Any) -> dict[str, Any]:
    row = documents.users(**with_email_key(fields)).model_dump(exclude={"revision_id"})
    absent = [name for name in ("email_key", "external_id") if row[name] is None]
    return {"_id": row.pop("id"), **{name: value for name, value in row.items() if name not in absent}}
