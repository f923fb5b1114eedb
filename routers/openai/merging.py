"""Merges what a caller changes into what is stored, as OpenAI does (decision 0021)."""

from __future__ import annotations

from typing import Any

from ...errors import InvalidInput, PreconditionFailed
from ...inputs import MessageChanges, ThreadChanges
from ...records import ThreadRecord
from ...services import Operations
from .requests.values import MOST_PAIRS
from .views.messages import thread_message

Metadata = dict[str, str] | None


async def update_thread(
    operations: Operations, thread_id: str, metadata: Metadata, tool_resources: Any = None
) -> ThreadRecord:
    """Merge `metadata` key by key and `tool_resources` tool by tool; what is None, or empty, changes nothing."""
    threads = operations.threads
    while True:
        thread = await threads.get(thread_id)
        if not metadata and not tool_resources:
            return thread
        _require_room(thread["meta_data"], metadata)
        changes = ThreadChanges.model_construct(
            meta_data=metadata, tool_resources={**thread["tool_resources"], **(tool_resources or {})}
        )
        try:
            return await threads.update(thread_id, changes, expected_revision=thread["revision"])
        except PreconditionFailed:  # somebody else changed it in between: merge again
            continue


async def update_message(operations: Operations, thread_id: str, message_id: str, metadata: Metadata) -> dict[str, Any]:
    """Merge `metadata` key by key; None, or empty, changes nothing."""
    messages = operations.messages
    render_error = messages.rendered_by(thread_message)
    if not metadata:
        return await render_error.get(message_id, thread_id=thread_id)
    while True:
        message = await messages.get(message_id, thread_id=thread_id)
        _require_room(message["meta_data"], metadata)
        changes = MessageChanges.model_construct(meta_data={**message["meta_data"], **metadata})
        try:
            return await render_error.update(
                message_id, changes, thread_id=thread_id, expected_revision=message["revision"]
            )
        except PreconditionFailed:  # likewise
            continue


def _require_room(stored: dict[str, Any], metadata: Metadata) -> None:
    """Refuse new keys over the limit; what the native door wrote beyond it stays, and may be changed."""
    count = len({*stored, *(metadata or ())})
    if count > MOST_PAIRS and count > len(stored):
        rule = (
            f"too many properties. Expected an object with at most {MOST_PAIRS} properties, "
            f"but with those that are there it would have {count}"
        )
        raise InvalidInput([{"loc": ["body", "metadata"], "msg": rule, "type": "object_above_max_properties"}])
