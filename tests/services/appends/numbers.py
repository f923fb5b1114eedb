"""Read the numbers of the messages of a thread, and its summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadkeep.keep import Threadkeep


async def numbers(keep: Threadkeep, thread_id: str) -> list[int]:
    """Return the numbers of the messages in the order of the list."""
    return [message.seq for message in await keep.message_service.list_messages(thread_id)]


async def summary(keep: Threadkeep, thread_id: str) -> tuple[int, int]:
    """Return `message_count` and `last_seq`."""
    thread = await keep.thread_service.get_thread(thread_id)
    return thread.message_count, thread.last_seq
