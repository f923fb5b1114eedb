"""Finds the preview of a thread in its messages, after the message that it showed was changed, deleted or cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..appends import newest_preview_of, stored_preview
from ..paging import newest_messages

if TYPE_CHECKING:
    from ...documents import Documents, ThreadRow
    from ..paging import PageSize

_FIRST, _MOST = 8, 64
"""The messages that the first read and the second read look at. If none of them has words, the thread has no preview."""
_TRIES = 3


async def find_preview(documents: Documents, thread: ThreadRow, size: PageSize, up_to: int) -> dict[str, Any] | None:
    """The preview of the newest message with words that has a number up to `up_to`. Looks at 72 messages."""
    for count in (_FIRST, _MOST):
        rows, are_all = await newest_messages(documents, thread, size, count, up_to=up_to)
        preview = newest_preview_of(reversed(rows))
        if preview is not None or are_all:
            return preview
        up_to = rows[-1]["seq"] - 1
    return None


async def hide_preview(documents: Documents, thread_id: str, message_id: str) -> bool:
    """Remove the preview of the thread if it is that of this message. Returns whether it was.

    A process may be killed between this and the next step. Then the thread has no preview instead of an old text.
    """
    shown = {"_id": thread_id, "last_message.id": message_id}
    hidden = [{"$set": {"last_message": {"up_to": "$last_seq"}}}]
    return (await documents.threads.update_one(shown, hidden)).matched_count == 1


async def refresh_preview(documents: Documents, thread_id: str, size: PageSize) -> None:
    """Find the preview of a thread again. If others write to the thread at the same moment, the next message brings one."""
    for _ in range(_TRIES):
        thread = await documents.fast_threads.find_one({"_id": thread_id, "deleted_at": None})
        if thread is None:
            return
        preview = await find_preview(documents, thread, size, thread["last_seq"])
        counters = ("last_seq", "revision", "deleted_count")
        unchanged: dict[str, Any] = {name: thread[name] for name in counters}  # type: ignore[literal-required]
        found = {"$set": {"last_message": stored_preview(preview, thread["last_seq"])}}
        updated = await documents.threads.update_one({"_id": thread_id, "deleted_at": None, **unchanged}, found)
        if updated.matched_count:
            return
