"""What is known of threads that are about to be imported: there already, in the way, or free to be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import InvalidParticipants
from ...services import take_over
from .users import create_unknown_users, known_users

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ...documents import Documents
    from .assembly import Part
    from .report import ImportReport

_BURIED = "was deleted a moment ago and is still being removed; import it again in ten minutes"


async def sort_out(
    documents: Documents, parts: Collection[Part], report: ImportReport
) -> tuple[list[Part], list[Part]]:
    """The parts whose threads are free to be written, and those whose threads are there; the others are refused.

    What a killed import left of a thread is removed. A deletion is not disturbed: it would take the new messages too.
    """
    ids = [part.thread["_id"] for part in parts]
    found = documents.threads.find({"_id": {"$in": ids}}, {"deleted_at": 1, "creating": 1, "created_at": 1})
    known = {row["_id"]: row async for row in found}
    buried = {gone.id async for gone in documents.deleted_threads.find({"_id": {"$in": ids}, "unfinished": True})}
    free, there = [], []
    for part in parts:
        thread_id = part.thread["_id"]
        row = known.get(thread_id)
        if row is not None and row["deleted_at"] is None:
            there.append(part)
        elif thread_id in buried or (row is not None and not row.get("creating")):
            report.refuse(part.place, f"thread {thread_id!r} {_BURIED}", thread_id)
        else:
            if row is not None:
                await take_over(documents, row)
            free.append(part)
    return free, there


async def with_users(documents: Documents, parts: Iterable[Part], report: ImportReport) -> list[Part]:
    """The parts whose users are there, once unknown `user_…` ids were made users; the others are refused."""
    parts = list(parts)
    named = set[str]().union(*(part.user_ids for part in parts))
    missing = named - await known_users(documents, named) if named else named
    report.users += await create_unknown_users(documents, (name for name in missing if name.startswith("user_")))
    strangers = {name for name in missing if not name.startswith("user_")}
    able = []
    for part in parts:
        unknown = sorted(strangers & part.user_ids)
        if unknown:
            report.refuse(part.place, str(InvalidParticipants(unknown=unknown)), part.thread["_id"])
        else:
            able.append(part)
    return able
