"""A chat of another program that grows from export to export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from threadkeep.keep import Threadkeep

CHAT = "6c5fd9b1-0000-4000-8000-000000000001"
TURNS = [("user", "One?"), ("assistant", "One."), ("user", "Two?"), ("assistant", "Two.")]


async def texts(keep: Threadkeep, thread_id: str = CHAT) -> list[Any]:
    return [row.content for row in await keep.message_service.list_messages(thread_id, limit=100)]
