"""Moves the messages of a thread that a file no longer has to a thread of their own: the path that was taken before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...documents import NEWEST
from ...services import REAL_MESSAGE, delete_rows, fingerprints, insert_threads, visible
from .names import derived_id

if TYPE_CHECKING:
    from ...documents import Documents, MessageRow, ThreadRow
    from .compare import Compared
    from .target import Target


async def replaced_rows(documents: Documents, thread_id: str, after: int) -> list[MessageRow]:
    """All messages of the thread behind this number."""
    where: Any = {"thread_id": thread_id, "seq": {"$gt": after, "$lte": NEWEST}, **REAL_MESSAGE}
    return await visible(documents, await documents.messages.find(where).sort("seq", 1).to_list())


async def move_to_branch(target: Target, thread: ThreadRow, tail: list[MessageRow], common: Compared) -> None:
    """Move the last messages of the thread to a branch.

    1. Write the branch. Its id follows from the first message of the tail. After a kill, the branch is there already.
    2. Delete the messages from the thread, the newest first, so that the first one identifies the branch until the end.
    """
    await insert_threads(target.documents, [_branch(thread, tail, common)])
    await delete_rows(target.documents, reversed(tail))
    target.appender.forget(thread["_id"])


async def was_moved(documents: Documents, thread_id: str, row: MessageRow) -> bool:
    """Whether the message was deleted from the thread because it was moved to a branch."""
    if "client_id" not in row:
        return False
    branches = documents.threads.find({"meta_data_index": {"$in": fingerprints({"branch_of": thread_id})}}, {"_id": 1})
    ids = [branch["_id"] async for branch in branches]
    where: Any = {"thread_id": {"$in": ids}, "client_id": row["client_id"]}
    return bool(ids) and await documents.messages.find_one(where, {"_id": 1}) is not None


def _branch(thread: ThreadRow, tail: list[MessageRow], common: Compared) -> tuple[ThreadRow, list[MessageRow]]:
    branch_id = derived_id("thread", thread["_id"], "replaced", tail[0]["_id"])
    rows: list[MessageRow] = []
    for seq, row in enumerate(tail, 1):
        copied: Any = {**row, "_id": derived_id("message", branch_id, row["_id"]), "thread_id": branch_id, "seq": seq}
        copied.pop("batch", None)
        rows.append(copied)
    newest = max(row["created_at"] for row in rows)
    branch: Any = {**thread, "_id": branch_id, "revision": 1, "deleted_count": 0}
    branch["meta_data"] = {**thread["meta_data"], "branch_of": thread["_id"], "branch_at": common.last_key}
    branch["meta_data_index"] = fingerprints(branch["meta_data"])
    branch |= {"last_seq": len(rows), "message_count": len(rows), "last_message_at": newest, "last_active_at": newest}
    return branch, rows
