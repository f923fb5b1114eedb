"""Removes the newest messages of a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import MessageNotFound, PreconditionFailed

if TYPE_CHECKING:
    from ..records import MessageRecord
    from .stores import Store


async def pop_message(store: Store, thread_id: str, expected: MessageRecord) -> bool:
    """Delete a message if nobody has changed or deleted it since it was read. Returns whether this call deleted it."""
    try:
        await store.message_service.delete_message(
            expected.id, thread_id=thread_id, expected_revision=expected.revision
        )
    except (MessageNotFound, PreconditionFailed):
        return False
    return True
