"""Looks up the threads and users of an import in the database, and refuses threads that cannot be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....errors import InvalidParticipants
from ....services import take_over
from .users import create_unknown_users, known_users

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ....documents import ThreadRow
    from .assembly import Part
    from .target import Target

_BEING_PURGED = "was deleted a moment ago and is still being removed; import it again in ten minutes"


async def split_by_presence(target: Target, parts: Collection[Part]) -> tuple[list[Part], list[tuple[Part, ThreadRow]]]:
    """Return the parts of new threads, and the parts of threads that exist, with their rows. Other parts are refused.

    The rows that a killed import left of a thread are removed. A thread whose purge still runs is refused, because the
    purge would remove the new messages too.
    """
    documents, report = target.documents, target.report
    ids = [part.thread["_id"] for part in parts]
    known = {row["_id"]: row async for row in documents.threads.find({"_id": {"$in": ids}})}
    purging = {
        tombstone.id async for tombstone in documents.deleted_threads.find({"_id": {"$in": ids}, "unfinished": True})
    }
    new, present = [], []
    for part in parts:
        thread_id = part.thread["_id"]
        target.appender.forget(thread_id)  # a deleted thread may have had this id, and other numbers
        row = known.get(thread_id)
        if row is not None and row["deleted_at"] is None:
            if target.rights.may_change(row):
                present.append((part, row))
            else:
                report.refuse(part.location, f"you do not take part in thread {thread_id!r} any more", thread_id)
        elif thread_id in purging or (row is not None and not row.get("creating")):
            report.refuse(part.location, f"thread {thread_id!r} {_BEING_PURGED}", thread_id)
        else:
            if row is not None and not target.dry_run:
                await take_over(documents, row)
            new.append(part)
    return new, present


async def with_known_users(target: Target, parts: Iterable[Part]) -> list[Part]:
    """Return the parts whose users all exist. Other parts are refused.

    Unknown ids of the form `user_…` become users before, if the import may create users.
    """
    documents, report = target.documents, target.report
    parts = list(parts)
    named = set[str]().union(*(part.user_ids for part in parts))
    known = await _known(target, named) if named else named
    missing = named - known
    unknown_users = [name for name in missing if _becomes_user(target, name)]
    report.users += len(unknown_users) if target.dry_run else await create_unknown_users(documents, unknown_users)
    invalid = missing - {*unknown_users}
    complete = []
    for part in parts:
        unknown = sorted(invalid & part.user_ids)
        if unknown:
            report.refuse(part.location, str(InvalidParticipants(unknown=unknown)), part.thread["_id"])
        else:
            complete.append(part)
    return complete


async def may_own(target: Target, user_id: str) -> bool:
    """Whether a user with this id exists, or would become one."""
    return _becomes_user(target, user_id) or bool(await _known(target, {user_id}))


async def _known(target: Target, user_ids: set[str]) -> set[str]:
    return await known_users(target.documents, user_ids, living=not target.rights.creates_users)


def _becomes_user(target: Target, unknown_id: str) -> bool:
    return target.rights.creates_users and unknown_id.startswith("user_")
