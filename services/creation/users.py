"""Inserts users, and says which of their unique keys another user has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo.errors import DuplicateKeyError

from ...clock import now
from ...documents import USER_SCHEMA_VERSION
from ...errors import EmailTaken, IdentityTaken, IdTaken
from ...inputs import with_email_key
from ..database import is_stored, taken_key, twice
from ..rights import is_allowed

if TYPE_CHECKING:
    from ...documents import Documents, User
    from ...inputs import NewUser
    from ..caller import Caller

_KEYS = (("email",), ("email_key",), ("oauth_provider", "provider_user_id"))


async def insert_user(
    documents: Documents, caller: Caller, user_id: str, new: NewUser, *, returns_first: bool = False
) -> User:
    """Insert a user. With `returns_first`, return the user that an earlier try of the same request inserted.

    Raises `IdTaken`, or the error of another key that is taken.
    """
    moment = now()
    row = {
        "_id": user_id,
        **with_email_key(new.model_dump()),
        "created_at": moment,
        "updated_at": moment,
        "deleted_at": None,
        "schema_version": USER_SCHEMA_VERSION,
    }
    if row["external_id"] is None:
        del row["external_id"]
    rows = documents.users.get_pymongo_collection()
    try:
        await twice(lambda: rows.insert_one(row))
    except DuplicateKeyError as error:
        first = await documents.users.get(user_id)
        if first is None:
            raise await key_taken(documents, caller, error, user_id, row) from error
        if not (returns_first or await is_stored(rows, row)):
            raise IdTaken(user_id) from error
        return first
    user: User = documents.users.model_validate(row)
    return user


async def key_taken(
    documents: Documents, caller: Caller, error: DuplicateKeyError, user_id: str, fields: dict[str, Any]
) -> Exception:
    """The error for the unique key that another user has. It names the other user if the caller may find users."""
    stored = await documents.users.get_pymongo_collection().find_one({"_id": user_id})
    wanted = {**(stored or {}), **with_email_key(fields)}
    key = taken_key(error)
    for names in (names for names in _KEYS if not key or key == set(names)):
        other = await _holder(documents, user_id, {name: wanted.get(name) for name in names})
        if other is None and not key:
            continue
        named = {"user_id": other} if other is not None and is_allowed(caller, "list users") else {}
        if "provider_user_id" in names:
            return IdentityTaken(wanted.get("oauth_provider"), wanted.get("provider_user_id"), **named)
        return EmailTaken(wanted["email"], **named)
    return IdTaken(user_id)


async def _holder(documents: Documents, user_id: str, key: dict[str, Any]) -> str | None:
    """The id of the other user who has this key."""
    if None in key.values():
        return None
    # Without a condition on `_id`: the embedded server (0.7) then finds nothing by the index of two fields.
    holders = documents.users.get_pymongo_collection().find(key, {"_id": 1})
    return next((holder["_id"] for holder in await holders.to_list() if holder["_id"] != user_id), None)
