"""Erases a user: everything that is theirs, and their name from what is others'."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...clock import now
from ...documents import ANONYMOUS
from ...records import Erased
from .purge import mark_deleted, purge

if TYPE_CHECKING:
    from ...documents import Documents


async def mark_erased(documents: Documents, user_id: str) -> bool:
    """Make the user invisible and forget what is known of them, in one atomic write; False if there is no such user."""
    known = ("email", "full_name", "given_name", "family_name", "picture_url", "email_verified")
    nothing = dict.fromkeys((*known, "oauth_provider", "provider_user_id"))
    result = await documents.users.get_pymongo_collection().update_one(
        {"_id": user_id, "deleted_at": None}, {"$set": {**nothing, "deleted_at": now()}}
    )
    return result.matched_count == 1


async def erase(documents: Documents, user_id: str) -> Erased:
    """Remove what a marked user leaves; doing it again completes what was interrupted."""
    keys = await documents.api_keys.find({"user_id": user_id}).delete()
    deleted = await _delete_threads(documents, {"owner_id": user_id})
    # Threads without an owner, of which nobody else is part.
    deleted += await _delete_threads(documents, {"participant_ids": [user_id]})
    left = await documents.threads.update_many(
        {"participant_ids": user_id, "deleted_at": None},
        {"$pull": {"participant_ids": user_id}, "$inc": {"revision": 1}, "$set": {"updated_at": now()}},
    )
    messages = await documents.messages.update_many(
        {"sender_id": user_id}, {"$set": {"sender_id": ANONYMOUS, "updated_at": now()}, "$inc": {"revision": 1}}
    )
    await documents.database["daily_users"].delete_many({"user_id": user_id})
    await documents.users.find({"_id": user_id}).delete()
    return Erased(
        success=True,
        message=f"User {user_id!r} was erased.",
        threads_deleted=deleted,
        threads_left=left.modified_count,
        messages_anonymised=messages.modified_count,
        keys_revoked=keys.deleted_count if keys else 0,
    )


async def _delete_threads(documents: Documents, theirs: dict[str, Any]) -> int:
    count = 0
    async for thread in documents.threads.find({**theirs, "deleted_at": None}, {"_id": 1}):
        last_seq = await mark_deleted(documents, thread["_id"])
        if last_seq is not None:
            count += 1
            await purge(documents, thread["_id"], last_seq)
    return count
