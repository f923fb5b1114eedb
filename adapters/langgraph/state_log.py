"""The log thread of one LangGraph thread: checkpoints and pending writes, as bookkeeping that no model sees.

A checkpoint is one message. It holds the values of the channels that changed with it, and names the checkpoints that hold
the others. So no value is stored twice. The writes of a task are one message, with the same `run_id` as their checkpoint.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ...errors import MessageNotFound
from ..threads import SessionThread, external_id_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from langgraph.checkpoint.serde.base import SerializerProtocol

    from ...records import MessageRecord
    from ..stores import Store

CHECKPOINT, WRITES = "langgraph.checkpoint", "langgraph.writes"
LOG = {"kind": "log", "framework": "langgraph"}
"""The metadata of log threads."""
_COMPRESSED_FROM = 200
"""Values of at least this number of bytes are compressed."""
_NEWEST = 5
"""The number of checkpoints that are searched for the highest id: writers with other clocks may store them in another order."""


def key_of(namespace: str, checkpoint_id: str) -> str:
    """The `client_id` of a checkpoint, and the `run_id` of it and of its writes."""
    return hashlib.sha256(json.dumps([namespace, checkpoint_id]).encode()).hexdigest()[:40]


def log_thread(store: Store, thread_id: str, user_id: str | None, conversation: SessionThread) -> SessionThread:
    """The log thread of a LangGraph thread, beside its conversation."""
    meta_data = {**LOG, "thread_id": thread_id}
    name = external_id_of("langgraph", thread_id)
    return SessionThread(store, name, user_id=user_id, meta_data=meta_data, beside=conversation)


class StateLog:
    """Reads and writes the log thread of one LangGraph thread."""

    def __init__(self, store: Store, thread: SessionThread) -> None:
        self._store = store
        self.thread = thread

    async def put(self, namespace: str, checkpoint_id: str, fields: dict[str, Any]) -> None:
        """Store a checkpoint. If it is there already, its fields are replaced."""
        key = key_of(namespace, checkpoint_id)
        item = {"ns": namespace, "id": checkpoint_id, **fields}
        row: Any = {"type": CHECKPOINT, "client_id": key, "run_id": key, "sender_id": _sender(namespace), "item": item}
        [stored] = await self.thread.append([row])
        if stored.item != item:
            await self.replace(stored, fields)

    async def replace(self, record: MessageRecord, fields: dict[str, Any]) -> None:
        """Change fields of a stored checkpoint."""
        await self._store.message_service.update_message(record.id, item={**record.item, **fields})

    async def put_writes(self, namespace: str, checkpoint_id: str, fields: dict[str, Any]) -> None:
        """Store writes of one task."""
        await self.thread.append([{"type": WRITES, "run_id": key_of(namespace, checkpoint_id), "item": fields}])

    async def newest(self, namespace: str) -> MessageRecord | None:
        """The checkpoint of a namespace with the highest id, or None."""
        found = await self.checkpoints(namespace, _NEWEST)
        return max(found, key=lambda record: str(record.item["id"]), default=None)

    async def checkpoints(self, namespace: str | None, limit: int | None = None) -> list[MessageRecord]:
        """The checkpoints of a namespace, or of all namespaces, that were stored last. The newest comes first."""

        async def read(thread_id: str) -> list[MessageRecord]:
            sender = None if namespace is None else _sender(namespace)
            return await self._store.message_service.list_messages(thread_id, limit, order="desc", sender_id=sender)

        found = await self.thread.reading(read, _nothing())
        return [record for record in found if record.type == CHECKPOINT]

    async def with_writes(self, key: str) -> list[MessageRecord]:
        """A checkpoint and its writes, in the order in which they were stored."""

        async def read(thread_id: str) -> list[MessageRecord]:
            return await self._store.message_service.list_messages(thread_id, run_id=key)

        return await self.thread.reading(read, [])

    async def by_key(self, key: str) -> MessageRecord | None:
        """A checkpoint by its key, or None."""

        async def read(thread_id: str) -> list[MessageRecord]:
            return await self._store.message_service.list_messages(thread_id, 1, client_id=key)

        return next(iter(await self.thread.reading(read, _nothing())), None)

    async def delete(self, records: Iterable[MessageRecord]) -> None:
        """Delete messages of the log. Another process may delete the same ones."""
        for record in records:
            with suppress(MessageNotFound):
                await self._store.message_service.delete_message(record.id)


def _nothing() -> list[MessageRecord]:
    return []


def encoded(serde: SerializerProtocol, value: Any) -> list[str]:
    """A value as its graph serializes it, as texts: the type, and the bytes in base64. Large values are compressed."""
    kind, data = serde.dumps_typed(value)
    if len(data) >= _COMPRESSED_FROM:
        smaller = zlib.compress(data)
        if len(smaller) < len(data):
            return [kind, base64.b64encode(smaller).decode(), "zlib"]
    return [kind, base64.b64encode(data).decode()]


def decoded(serde: SerializerProtocol, kept: list[str]) -> Any:
    """The value that was encoded."""
    kind, text, *compression = kept
    data = base64.b64decode(text)
    return serde.loads_typed((kind, zlib.decompress(data) if compression else data))


def _sender(namespace: str) -> str:
    """The `sender_id` of checkpoints of a namespace, by which an index finds the newest one."""
    return external_id_of("langgraph", namespace)


def held_in(record: MessageRecord) -> set[str]:
    """The channels of a checkpoint that have a value."""
    return {channel for channel, (_, key) in where_in(record).items() if key is not None}


def where_in(record: MessageRecord) -> dict[str, list[Any]]:
    """The channels of a checkpoint: the version, and the key of the checkpoint that holds the value, or None without one."""
    where: dict[str, list[Any]] = record.item["where"]
    return where
