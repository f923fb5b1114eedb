"""Makes sure that participants exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InvalidParticipants

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..documents import Documents


async def require_participants(documents: Documents, user_ids: Sequence[str]) -> None:
    """Raise `InvalidParticipants` naming every user that does not exist, and every one that is named twice."""
    unique = dict.fromkeys(user_ids)
    repeated = [user_id for user_id in unique if user_ids.count(user_id) > 1] if len(unique) < len(user_ids) else []
    known = set[str]()
    if unique:
        users = documents.users.get_pymongo_collection()
        found = users.find({"_id": {"$in": list(unique)}, "deleted_at": None}, {"_id": 1})
        known = {user["_id"] async for user in found}
    unknown = [user_id for user_id in unique if user_id not in known]
    if unknown or repeated:
        raise InvalidParticipants(unknown=unknown, repeated=repeated)
