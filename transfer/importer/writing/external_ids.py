"""Gives imported users and threads the external ids that they had elsewhere.

An external id is taken when its user or thread is visible: a reader of the id would make an unfinished thread visible. If the
import is killed before, the next one takes it. If somebody else has the external id, the imported user or thread has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....errors import ExternalIdTaken
from ....services import TRUSTED, Caller, ExternalIdClaim, NamedUsers, take_external_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .assembly import Part
    from .models import UserLine
    from .target import Target


async def name_users(target: Target, users: Iterable[UserLine]) -> None:
    """Take the external ids of these users, who exist now."""
    documents = target.documents
    for line in users:
        if line.external_id is None or target.dry_run:
            continue
        user = await documents.users.get(line.id)
        if user is None or user.external_id != line.external_id:
            continue
        try:
            await NamedUsers(documents, TRUSTED).give(line.external_id, user)
        except ExternalIdTaken:
            named = {"_id": user.id, "external_id": line.external_id}
            await documents.users.get_pymongo_collection().update_one(named, {"$unset": {"external_id": 1}})
            target.report.note(f"user {user.id!r}", _taken(line.external_id))


async def name_thread(target: Target, part: Part) -> None:
    """Take the external id of a thread, which is visible now."""
    external_id, documents = part.thread.get("external_id"), target.documents
    if external_id is None or target.dry_run:
        return
    caller = TRUSTED if part.external_id_of is None else Caller("user", part.external_id_of)
    named = {"_id": part.thread["_id"], "external_id": external_id, "deleted_at": None}
    if await documents.threads.find_one(named, {"_id": 1}) is None:
        return
    claim = ExternalIdClaim(documents, caller, "thread", external_id)
    if not await take_external_id(documents, claim, part.thread["_id"]):
        await documents.threads.update_one(named, {"$unset": {"external_id": 1}})
        target.report.note(part.location, _taken(external_id))


def _taken(external_id: str) -> str:
    return f"its external id {external_id!r} is taken by another, so it has none"
