"""Removes the newest messages of a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import PreconditionFailed

if TYPE_CHECKING:
    from ..records import MessageRecord, ThreadRecord
    from .stores import Store


async def cut_from(store: Store, thread: ThreadRecord, first: MessageRecord) -> bool:
    """Remove a message and all behind it, at once. Returns False, and changes nothing, if the thread is not as it was read.

    Read the thread before its messages. Then a write or a cut between the two reads is noticed.
    """
    try:
        await store.message_service.truncate_messages(
            thread.id, first.seq - 1, expected_revision=thread.revision, expected_seq=thread.last_seq
        )
    except PreconditionFailed:
        return False
    return True
