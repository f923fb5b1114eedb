"""Moves messages of a thread that a file no longer has to a branch: a thread with the path that was taken before.

1. Write the branch. Its id follows from the first of the messages. It becomes visible when it is complete.
2. Delete from the thread the messages that the branch has, the newest first. So the first one identifies the branch until
   the end, and a message that somebody writes meanwhile stays.

If an update is killed, the next one continues with the same branch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....clock import now
from ....errors import PreconditionFailed
from ....services import (
    REAL_MESSAGE,
    BulkThread,
    PageSize,
    Tuning,
    delete_rows,
    fingerprints,
    outside,
    ranges_of,
    refresh_preview,
    row_size,
    take_over,
    visible,
)
from ....settings import Limits
from ..conversations import derived_id
from .stored_rows import rows_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from collections.abc import Set as AbstractSet

    from ....documents import Documents, MessageRow, ThreadRow
    from .compare import Compared
    from .target import Target

_KEYS = {"thread_id": 1, "seq": 1, "created_at": 1, "item_id": 1, "client_id": 1, "batch": 1}
_ROWS_AT_ONCE, _BYTES_AT_ONCE = 100, 8 * 1024 * 1024
_SIZE = PageSize(Tuning().page_bytes, Limits().max_page_elements)
_OF_THREAD = ("external_id", "last_message", "cuts", "cut_count", "commits", "uncleaned_since")
"""The fields that belong to the thread and to its messages, and not to the branch."""


async def replaced_rows(documents: Documents, thread_id: str, after: int) -> list[MessageRow]:
    """All messages of the thread behind this number, with the fields that their deletion needs."""
    found = rows_of(documents, thread_id, after=after, filters=REAL_MESSAGE, fields=_KEYS)
    rows = await visible(documents, [row async for row in found])
    return outside(rows, ranges_of(await documents.threads.find_one({"_id": thread_id}, {"cuts": 1})))


async def move_to_branch(target: Target, thread: ThreadRow, tail: list[MessageRow], common: Compared) -> None:
    """Move the last messages of the thread to a branch. `tail` are these messages."""
    branch_id = derived_id("thread", thread["_id"], "replaced", tail[0]["_id"])
    if not await _is_complete(target.documents, branch_id):
        await _write_branch(target.documents, thread["_id"], _branch(thread, branch_id, common), tail)
    copies = rows_of(target.documents, branch_id, filters={}, fields={"seq": 1})
    moved = {copy["_id"] async for copy in copies}
    await delete_rows(target.documents, (row for row in reversed(tail) if _copy_id(branch_id, row["_id"]) in moved))
    await refresh_preview(target.documents, thread["_id"], _SIZE)
    target.appender.forget(thread["_id"])


async def moved_ids(documents: Documents, thread_id: str, ids: AbstractSet[str]) -> set[str]:
    """The ids among these whose messages were deleted from the thread because they were moved to a branch."""
    if not ids:
        return set()
    found: set[str] = set()
    branches = documents.threads.find({"meta_data_index": {"$in": fingerprints({"branch_of": thread_id})}}, {"_id": 1})
    async for branch in branches:
        copies = {_copy_id(branch["_id"], one): one for one in ids}
        found |= {copies[row["_id"]] async for row in documents.messages.find({"_id": {"$in": [*copies]}}, {"_id": 1})}
    return found


async def _is_complete(documents: Documents, branch_id: str) -> bool:
    """Whether an update that was killed wrote the branch. If it wrote only a part, this part is removed."""
    stored = await documents.threads.find_one({"_id": branch_id})
    if stored is None:
        return False
    if stored.get("creating"):
        await take_over(documents, stored)
        return False
    if stored["deleted_at"] is not None:
        raise PreconditionFailed(f"Thread {branch_id!r}")
    return True


async def _write_branch(documents: Documents, thread_id: str, branch: ThreadRow, tail: list[MessageRow]) -> None:
    creation = BulkThread(documents, branch["_id"])
    await creation.begin(branch)
    count = 0
    async for rows in _copies(documents, thread_id, branch["_id"], tail):
        await creation.write(rows)
        count += len(rows)
        newest = max(row["created_at"] for row in rows)
        branch["last_message_at"] = max(branch["last_message_at"] or newest, newest)
    branch["last_seq"] = branch["message_count"] = count
    branch["last_active_at"] = branch["last_message_at"] or branch["created_at"]
    await creation.end(branch)


async def _copies(
    documents: Documents, thread_id: str, branch_id: str, tail: list[MessageRow]
) -> AsyncIterator[list[MessageRow]]:
    """The rows of the branch, up to 100 or 8 MiB at a time. Messages that were deleted meanwhile are left out."""
    moving = {row["_id"] for row in tail}
    first, last = tail[0]["seq"], tail[-1]["seq"]
    rows: list[MessageRow] = []
    seq = size = 0
    async for row in rows_of(documents, thread_id, after=first - 1, last=last, filters=REAL_MESSAGE):
        if row["_id"] not in moving:
            continue
        if len(rows) >= _ROWS_AT_ONCE or (rows and size + row_size(row) > _BYTES_AT_ONCE):
            yield rows
            rows, size = [], 0
        seq += 1
        size += row_size(row)
        copied: Any = {**row, "_id": _copy_id(branch_id, row["_id"]), "thread_id": branch_id, "seq": seq}
        copied.pop("batch", None)
        copied["imported_at"] = now()  # the daily facts find it by this time
        rows.append(copied)
    if rows:
        yield rows


def _copy_id(branch_id: str, message_id: str) -> str:
    return derived_id("message", branch_id, message_id)


def _branch(thread: ThreadRow, branch_id: str, common: Compared) -> ThreadRow:
    branch: Any = {**thread, "_id": branch_id, "revision": 1, "deleted_count": 0, "last_message_at": None}
    for name in _OF_THREAD:
        branch.pop(name, None)
    branch["meta_data"] = {**thread["meta_data"], "branch_of": thread["_id"], "branch_at": common.last_key}
    branch["meta_data_index"] = fingerprints(branch["meta_data"])
    return branch  # type: ignore[no-any-return]  # a copy of a row
