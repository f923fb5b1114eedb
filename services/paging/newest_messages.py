"""Finds the newest messages of a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...documents import NEWEST
from .message_scan import MessageScan

if TYPE_CHECKING:
    from ...documents import Documents, MessageRow, ThreadRow
    from .page_size import PageSize


async def newest_messages(
    documents: Documents, thread: ThreadRow, size: PageSize, count: int, *, up_to: int = NEWEST
) -> tuple[list[MessageRow], bool]:
    """The newest messages with a number up to `up_to`, the newest first, also if the summary does not cover them.

    Also returns whether these are all messages up to that number.
    """
    scan = MessageScan(documents, thread["_id"], ({}, {}), size)
    rows, is_cut = await scan.rows(0, up_to, count, thread=thread, upward=False)
    return rows, len(rows) < count and not is_cut
