"""Checks of participants: whether they exist, who may add them, and who sees their names."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ..errors import Forbidden, InvalidParticipants
from .deletion import erase
from .rights import is_allowed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..documents import Documents
    from .caller import Caller


async def require_participants(documents: Documents, user_ids: Sequence[str]) -> None:
    """Raise `InvalidParticipants` if users do not exist or are listed twice. The error names all of them."""
    unique = Counter(user_ids)
    repeated = [user_id for user_id, count in unique.items() if count > 1]
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


async def require_right_to_add(documents: Documents, caller: Caller, user_ids: Sequence[str]) -> None:
    """Raise `Forbidden` if a user's key adds users to a thread who share no other thread with its user.

    The error is the same for users that do not exist: the key must not learn who exists. Services and admins may add everybody.
    """
    others = {user_id for user_id in user_ids if user_id != caller.user_id}
    if not others or is_allowed(caller, "add any user to a thread"):
        return
    found = await documents.threads.aggregate(
        [
            {"$match": {"participant_ids": {"$eq": caller.user_id}, "deleted_at": None}},
            {"$match": {"participant_ids": {"$in": list(others)}}},
            {"$project": {"participant_ids": 1}},
            {"$unwind": "$participant_ids"},
            {"$group": {"_id": "$participant_ids"}},
        ]
    )
    known = {row["_id"] async for row in found}
    if not others <= known:
        raise Forbidden("add users to a thread who share no other thread with its user")


async def describe(
    documents: Documents, caller: Caller, user_ids: Sequence[str], *, names: bool
) -> list[dict[str, Any]]:
    """Id, e-mail address and name of these users, in this order.

    The key of a user sees the address of nobody else, and the names of others only with `names`. Hidden values are None.
    """
    users = documents.users.get_pymongo_collection()
    found = users.find({"_id": {"$in": list(user_ids)}, "deleted_at": None}, {"email": 1, "full_name": 1})
    known = {user["_id"]: user async for user in found}
    described = []
    for user_id in user_ids:
        if user_id not in known:
            continue
        sees_email = is_allowed(caller, "see the e-mail address of a participant", user_id=user_id)
        sees_name = names or is_allowed(caller, "see the name of a participant", user_id=user_id)
        email = known[user_id]["email"] if sees_email else None
        described.append(
            {"id": user_id, "email": email, "full_name": known[user_id]["full_name"] if sees_name else None}
        )
    return described
