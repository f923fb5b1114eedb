"""Finds the newest message of a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...documents import NEWEST
from .message_scan import MessageScan

if TYPE_CHECKING:
    from ...documents import Documents, MessageRow, ThreadRow
    from .page_size import PageSize

_ROWS_AT_ONCE = 4
"""So many rows are read at once: the newest numbers may belong to messages that were deleted or cut."""


async def last_message(
    documents: Documents, thread: ThreadRow, size: PageSize, *, up_to: int = NEWEST
) -> MessageRow | None:
    """The newest message of the thread with a number up to `up_to`, also one that the summary does not cover. None if none is."""
    scan = MessageScan(documents, thread["_id"], ({}, {}), size)
    rows, _ = await scan.rows(0, up_to, _ROWS_AT_ONCE, thread=thread, upward=False)
    return rows[0] if rows else None
