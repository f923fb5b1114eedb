"""Makes sure that participants exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import InvalidParticipants
from .deletion import erase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..documents import Documents


async def require_participants(documents: Documents, user_ids: Sequence[str]) -> None:
    """Raise `InvalidParticipants` if users do not exist or are listed twice. The error names all of them."""
    unique = dict.fromkeys(user_ids)
    repeated = [user_id for user_id in unique if user_ids.count(user_id) > 1] if len(unique) < len(user_ids) else []
    unknown = await _find_unknown(documents, list(unique))
    if unknown or repeated:
        raise InvalidParticipants(unknown=unknown, repeated=repeated)


async def erase_missing(documents: Documents, user_ids: Sequence[str]) -> bool:
    """Erase again the users of these ids who do not exist any more. Returns whether there were any.

    Call it after a write that stored these ids. A user may have been erased between the check of the ids and the write. An
    erasure that begins after the write finds the stored ids itself.
    """
    missing = await _find_unknown(documents, user_ids)
    for user_id in missing:
        await erase(documents, user_id)
    return bool(missing)


async def _find_unknown(documents: Documents, user_ids: Sequence[str]) -> list[str]:
    unknown = list(user_ids)
    more = bool(unknown)
    while more and unknown:
        living = {"_id": {"$in": unknown}, "deleted_at": None}
        found, more = await documents.fast_users.find(living, {"_id": 1}, limit=len(unknown))
        known = {user["_id"] for user in found}
        unknown = [user_id for user_id in unknown if user_id not in known]
    return unknown


async def describe(documents: Documents, user_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Id, e-mail address and name of these users, in this order."""
    users = documents.users.get_pymongo_collection()
    found = users.find({"_id": {"$in": list(user_ids)}, "deleted_at": None}, {"email": 1, "full_name": 1})
    known = {user["_id"]: user async for user in found}
    return [
        {"id": user_id, "email": known[user_id]["email"], "full_name": known[user_id]["full_name"]}
        for user_id in user_ids
        if user_id in known
    ]
