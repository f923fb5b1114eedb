"""Updates that merge the sent values into the stored values, as in OpenAI's API (decision 0021)."""

from __future__ import annotations

from typing import Any

from ...errors import InvalidInput, PreconditionFailed
from ...inputs import MessageChanges, MetaDataOnly, ThreadChanges
from ...records import ThreadRecord
from ...services import Operations, Tries, validate_input
from .requests import MAX_PAIRS
from .views import render_thread_message

Metadata = dict[str, str] | None


async def update_thread(
    operations: Operations, thread_id: str, metadata: Metadata, tool_resources: Any = None
) -> ThreadRecord:
    """Merge `metadata` by key and `tool_resources` by tool, and return the thread. None or an empty value changes nothing.

    If another writer changes the thread at the same time, the merge starts again. Raises `InvalidInput` above 16 keys.
    """
    threads = operations.threads
    tries = Tries()
    while True:
        tries.begin()
        thread = await threads.get(thread_id)
        if not metadata and not tool_resources:
            return thread
        _require_room(thread["meta_data"], metadata)
        changes = ThreadChanges.model_construct(
            meta_data=metadata, tool_resources={**thread["tool_resources"], **(tool_resources or {})}
        )
        try:
            return await threads.update(thread_id, changes, expected_revision=thread["revision"])
        except PreconditionFailed:  # another writer changed the thread: merge again
            continue


async def update_message(operations: Operations, thread_id: str, message_id: str, metadata: Metadata) -> dict[str, Any]:
    """Merge `metadata` by key, and return the view of the message. None or an empty value changes nothing.

    If another writer changes the message at the same time, the merge starts again. Raises `InvalidInput` above 16 keys.
    """
    messages = operations.messages
    rendered = messages.rendered_by(render_thread_message)
    if not metadata:
        return await rendered.get(message_id, thread_id=thread_id)
    tries = Tries()
    while True:
        tries.begin()
        message = await messages.get(message_id, thread_id=thread_id)
        _require_room(message["meta_data"], metadata)
        merged = {**message["meta_data"], **metadata}
        validate_input(MetaDataOnly, {"meta_data": merged}, operations.runtime.limits)
        changes = MessageChanges.model_construct(meta_data=merged)
        try:
            return await rendered.update(
                message_id, changes, thread_id=thread_id, expected_revision=message["revision"]
            )
        except PreconditionFailed:  # another writer changed the message: merge again
            continue


def _require_room(stored: dict[str, Any], metadata: Metadata) -> None:
    """Raise `InvalidInput` if a new key would exceed the limit.

    The native API has no such limit: more keys that it stored stay, and their values may be changed.
    """
    count = len({*stored, *(metadata or ())})
    if count > MAX_PAIRS and count > len(stored):
        rule = (
            f"too many properties. Expected an object with at most {MAX_PAIRS} properties, "
            f"but with those that are there it would have {count}"
        )
        raise InvalidInput([{"loc": ["body", "metadata"], "msg": rule, "type": "object_above_max_properties"}])
