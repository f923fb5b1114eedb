"""The numbers of a thread's messages, and what the thread says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadkeep.keep import Threadkeep


async def numbers(keep: Threadkeep, thread_id: str) -> list[int]:
    """In the order in which they are listed."""
    return [message.seq for message in await keep.message_service.list_messages(thread_id)]


async def summary(keep: Threadkeep, thread_id: str) -> tuple[int, int]:
    """How many messages there are, and the last number."""
    thread = await keep.thread_service.get_thread(thread_id)
    return thread.message_count, thread.last_seq
