"""Erases users: removes their data, and removes their ids from the data of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...clock import now
from ...documents import ANONYMOUS, IN_PARTS
from ...ids import LENGTH, characters_of
from ...records import Erased
from ..database import delete_until_none_matches, update_until_none_matches
from ..external_ids import release_external_ids
from ..revisions import NEXT_REVISION
from .purge import mark_deleted, purge

if TYPE_CHECKING:
    from ...documents import Documents

_THREADS_AT_ONCE = 1000


async def mark_erased(documents: Documents, user_id: str) -> bool:
    """Make the user invisible and clear the profile, in one atomic write. Returns False if the user does not exist."""
    profile = ("email", "full_name", "given_name", "family_name", "picture_url", "email_verified")
    cleared = dict.fromkeys((*profile, "oauth_provider", "provider_user_id"))
    result = await documents.users.get_pymongo_collection().update_one(
        {"_id": user_id, "deleted_at": None},
        {"$set": {**cleared, "deleted_at": now()}, "$unset": {"email_key": 1, "external_id": 1}},
    )
    return result.matched_count == 1


async def erase(documents: Documents, user_id: str) -> Erased:
    """Remove everything of a user that `mark_erased` has marked, and return the counts. The user's document goes last.

    It may be interrupted anywhere: a repeated call completes it. These are the steps:

    1. Remove the user's API keys.
    2. Delete the threads that the user owns, and those without an owner whose only participant is the user.
    3. Remove the user from the participants of all other threads.
    4. Set the `sender_id` of the user's messages to `deleted_user`.
    5. Remove the user's drafts and imports, and replace the user's id in the audit trail with a pseudonym.
    6. Remove the user's daily facts, and the user's id from the facts of threads.
    7. Free the user's external id, and remove the user.
    """
    keys = await delete_until_none_matches(documents.api_keys.get_pymongo_collection(), {"user_id": user_id})
    deleted = await _delete_threads(documents, {"owner_id": user_id})
    # The threads without an owner whose only participant is the user.
    deleted += await _delete_threads(documents, {"participant_ids": [user_id]})
    left = await update_until_none_matches(
        documents.threads,
        {"participant_ids": user_id, "deleted_at": None},
        removal_of(user_id),
    )
    messages = await update_until_none_matches(
        documents.messages,
        {"sender_id": user_id},
        [{"$set": {"sender_id": ANONYMOUS, "updated_at": now(), "revision": NEXT_REVISION}}],
    )
    await delete_until_none_matches(documents.drafts.get_pymongo_collection(), {"sender_id": user_id})
    await _remove_imports(documents, user_id)
    for field in ("user_id", "object_id"):
        await update_until_none_matches(documents.audit_log, {field: user_id}, {"$set": {field: pseudonym_of(user_id)}})
    await delete_until_none_matches(documents.database["daily_users"], {"user_id": user_id})
    await update_until_none_matches(
        documents.database["daily_threads"], {"owner_id": user_id}, {"$set": {"owner_id": None}}
    )
    await release_external_ids(documents, user_id)
    await documents.users.find({"_id": user_id}).delete()
    return Erased.of(
        user_id,
        threads_deleted=deleted,
        threads_left=left,
        messages_anonymised=messages,
        keys_revoked=keys,
    )


async def _remove_imports(documents: Documents, user_id: str) -> None:
    """Remove the imports of a user, and those of services for the user, with their files. A process that runs one stops."""
    for name in ("user_id", "options.owner_id"):
        async for job in documents.import_jobs.find({name: user_id}, {"_id": 1}):
            await documents.import_jobs.delete_one({"_id": job["_id"]})
            await documents.import_chunks.delete_many({"import_id": job["_id"]})


def removal_of(user_id: str) -> list[dict[str, Any]]:
    """The update that removes a user from the participants of a thread."""
    is_other = {"$ne": ["$$this", {"$literal": user_id}]}
    others = {"$filter": {"input": "$participant_ids", "cond": is_other}}
    return [{"$set": {"participant_ids": others, "updated_at": now(), "revision": NEXT_REVISION}}]


def pseudonym_of(user_id: str) -> str:
    """The name of an erased user in the audit trail. It is derived from the id: only a reader who has the id can find it."""
    return f"erased_{characters_of(user_id, LENGTH)}"


async def _delete_threads(documents: Documents, filters: dict[str, Any]) -> int:
    count = 0
    living = {**filters, "deleted_at": None}
    while threads := await documents.threads.find(living, {"_id": 1}, **IN_PARTS).limit(_THREADS_AT_ONCE).to_list():
        for thread in threads:
            last_seq = await mark_deleted(documents, thread["_id"])
            if last_seq is not None:
                count += 1
                await purge(documents, thread["_id"], last_seq)
    return count
