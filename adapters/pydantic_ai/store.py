"""The conversation store."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from pydantic_ai.conversation_store import (
    ConversationConflict,
    ConversationEntry,
    ConversationRecord,
    ConversationStore,
)
from pydantic_ai.messages import ModelMessage

from ...errors import PreconditionFailed, ThreadNotFound
from ..histories import Own, grouped, said_by_others
from ..outcomes import outcome_of
from ..rows import restored, rows_of, storable
from ..threads import SessionThread, external_id_of, storable_name
from .messages import messages_of_others, neutral

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...inputs import MessageInput
    from ...records import MessageRecord, ThreadRecord
    from ..stores import Store

_NAME = "pydantic_ai"
_RECORD = "pydantic_ai.record"
_RECORDS: TypeAdapter[ConversationRecord] = TypeAdapter(ConversationRecord)
_MESSAGES: TypeAdapter[ModelMessage] = TypeAdapter(ModelMessage)


@dataclasses.dataclass(frozen=True, slots=True)
class _Stored:
    """The record of a conversation, and the state of its thread."""

    record: ConversationRecord | None
    """The newest record. None if it was deleted, or if the thread has only messages of other programs."""
    is_deleted: bool
    is_newest: bool
    """Whether no message stands behind the record."""
    newest_seq: int
    thread: ThreadRecord
    """The thread as it was before the messages were read. Its `last_seq` is higher if messages were cut or deleted."""


class ThreadkeepConversationStore(ConversationStore):
    """The conversations of Pydantic AI, kept as threads that every other framework can read.

    The external id of a thread is the `conversation_id`. A save stores its messages and the record at once, and only if
    nobody saved in between. Messages that other programs append are entries of the conversation too, and change its
    revision. The deletion of a conversation deletes its messages. If a fork uses them, they are deleted with the last fork.
    """

    def __init__(self, store: Store, *, user_id: str | None = None) -> None:
        """`store` is a `Threadkeep` or an `AsyncClient`. New threads get the participant `user_id`."""
        self._store = store
        self._user_id = user_id

    async def read_record(self, conversation_id: str) -> ConversationRecord | None:
        """The record of a conversation, or None. Its head is the newest message, also if another program wrote it."""
        thread = self._thread(conversation_id)
        return await self._current(thread, conversation_id, await self._stored(thread))

    async def read_records(self, *, scope: str | None = None, limit: int | None = None) -> Sequence[ConversationRecord]:
        """The records with this scope, or all records. The newest saved record comes first."""
        meta_data = {"framework": _NAME} if scope is None else {"framework": _NAME, "scope": storable_name(scope)}
        found: list[ConversationRecord] = []
        async for thread in self._store.thread_service.iter_threads(meta_data=meta_data):
            stored = await self._stored(self._thread(thread.meta_data["conversation_id"]))
            if stored is not None and stored.record is not None and scope in (None, stored.record.scope):
                found.append(stored.record)
        found.sort(key=lambda record: record.updated_at, reverse=True)
        return found[:limit]

    async def write_record(
        self,
        record: ConversationRecord,
        *,
        new_entries: Sequence[ConversationEntry] = (),
        expected_revision: str | None,
    ) -> None:
        """Store a record and its new entries at once. Raises `ConversationConflict` if somebody saved in between."""
        await outcome_of(self._write(record, new_entries, expected_revision))

    async def delete_record(self, conversation_id: str, *, expected_revision: str) -> None:
        """Delete a conversation with its messages. If a fork uses them, they are deleted with the last fork."""
        await outcome_of(self._delete(conversation_id, expected_revision))

    async def read_entry(self, entry_id: str) -> ConversationEntry:
        """The entry with this id. Raises `LookupError` if there is none. This looks into all conversations."""
        async for thread in self._store.thread_service.iter_threads(meta_data={"framework": _NAME}):
            entries = await self._entries(thread.id)
            if entry_id in entries:
                return entries[entry_id]
        raise LookupError(entry_id)

    async def read_history(self, head_id: str | None, *, limit: int | None = None) -> list[ConversationEntry]:
        """The entries up to `head_id`, in order, or the last `limit` of them."""
        return await self._line(head_id, limit, [])

    async def _history_of(
        self, record: ConversationRecord, *, limit: int | None = None
    ) -> list[ConversationEntry] | None:
        """The history of a record: from its own thread, and from the threads from which it was forked."""
        try:
            return await self._line(record.head_id, limit, [record.conversation_id])
        except LookupError:
            current = await self.read_record(record.conversation_id)
            if current is not None and current.revision == record.revision:
                raise
            return None

    async def _line(self, head_id: str | None, limit: int | None, conversations: list[str]) -> list[ConversationEntry]:
        found: list[ConversationEntry] = []
        known: dict[str, ConversationEntry] = {}
        entry_id, waiting = head_id, list(conversations)
        while entry_id is not None and (limit is None or len(found) < limit):
            while entry_id not in known and waiting:
                conversation_id = waiting.pop()
                thread = self._thread(conversation_id)
                known |= _entries_of(await thread.records())
                stored = await self._stored(thread)
                if stored is not None and stored.record is not None and stored.record.forked_from is not None:
                    waiting.append(stored.record.forked_from)
            entry = known[entry_id] if entry_id in known else await self.read_entry(entry_id)
            known[entry_id] = entry
            found.append(entry)
            entry_id = entry.parent_id
        return found[::-1]

    def _thread(self, conversation_id: str) -> SessionThread:
        meta_data = {"framework": _NAME, "conversation_id": storable_name(conversation_id)}
        return SessionThread(self._store, external_id_of(conversation_id), user_id=self._user_id, meta_data=meta_data)

    async def _entries(self, thread_id: str) -> dict[str, ConversationEntry]:
        return _entries_of(await self._store.message_service.list_messages(thread_id))

    async def _stored(self, thread: SessionThread) -> _Stored | None:
        """The stored messages and state of a conversation. None if its thread does not exist."""
        found = await thread.record()
        if found is None:
            return None

        async def read(thread_id: str) -> _Stored:
            messages = self._store.message_service
            newest = await messages.list_messages(thread_id, 1, order="desc")
            rows = [row for row in newest if row.type == _RECORD]
            if newest and not rows:
                rows = await messages.list_messages(thread_id, 1, order="desc", sender_id=_RECORD)
            kept = restored(rows[0].item) if rows else {}
            record = _RECORDS.validate_python(kept["record"]) if "record" in kept else None
            is_newest = not newest or newest[0].type == _RECORD
            return _Stored(record, bool(kept.get("deleted")), is_newest, newest[0].seq if newest else 0, found)

        return await thread.reading(read, None)

    async def _current(
        self, thread: SessionThread, conversation_id: str, stored: _Stored | None
    ) -> ConversationRecord | None:
        """The current record. If other programs wrote since, its head is their newest message, and its revision says so."""
        if stored is None or stored.is_deleted or stored.is_newest:
            return None if stored is None else stored.record
        records = [record for record in await thread.records() if record.seq <= stored.newest_seq]
        head_id = next(reversed(_entries_of(records)), None)
        if head_id is None:
            return stored.record
        record = stored.record or ConversationRecord(conversation_id=conversation_id, head_id=None, revision="")
        return dataclasses.replace(record, head_id=head_id, revision=f"{record.revision}+{stored.newest_seq}")

    async def _write(
        self, record: ConversationRecord, new_entries: Sequence[ConversationEntry], expected_revision: str | None
    ) -> None:
        conversation_id = record.conversation_id
        thread = self._thread(conversation_id)
        rows = [row for entry in new_entries for row in _rows_of_entry(entry)]
        rows.append(_record_row({"record": _RECORDS.dump_python(record, mode="json")}))
        known = {entry.id for entry in new_entries}
        if record.head_id is not None and record.head_id not in known and not await self._has_entry(record):
            raise ConversationConflict(conversation_id)
        while True:
            stored = await self._stored(thread)
            current = await self._current(thread, conversation_id, stored)
            if (None if current is None else current.revision) != expected_revision:
                raise ConversationConflict(conversation_id)
            if stored is None:
                await thread.ensure()
                continue
            try:
                await self._commit(stored.thread, rows, _description(record))
            except (PreconditionFailed, ThreadNotFound):
                continue  # somebody wrote or deleted in between: the revision tells whether it was a save
            return

    async def _commit(self, thread: ThreadRecord, rows: list[MessageInput], meta_data: dict[str, Any]) -> None:
        """Append rows and set the metadata, if nobody changed the thread since it was read."""
        is_set = all(thread.meta_data.get(name) == value for name, value in meta_data.items())
        await self._store.message_service.commit_turn(
            thread.id,
            rows,
            meta_data=None if is_set else meta_data,
            expected_revision=thread.revision,
            expected_seq=thread.last_seq,
        )

    async def _has_entry(self, record: ConversationRecord) -> bool:
        try:
            await self._line(record.head_id, 1, [one for one in (record.forked_from, record.conversation_id) if one])
        except LookupError:
            return False
        return True

    async def _delete(self, conversation_id: str, expected_revision: str) -> None:
        thread = self._thread(conversation_id)
        stored = await self._stored(thread)
        current = await self._current(thread, conversation_id, stored)
        if stored is None or current is None or current.revision != expected_revision:
            raise ConversationConflict(conversation_id)
        found = stored.thread
        try:
            if await self._has_forks(conversation_id):
                await self._commit(found, [_record_row({"deleted": True, "forked_from": current.forked_from})], {})
            else:
                await self._store.thread_service.delete_thread(
                    found.id, expected_revision=found.revision, expected_seq=found.last_seq
                )
        except (PreconditionFailed, ThreadNotFound):
            raise ConversationConflict(conversation_id) from None
        if current.forked_from is not None:
            await self._release(current.forked_from)

    async def _has_forks(self, conversation_id: str) -> bool:
        meta_data = {"framework": _NAME, "forked_from": storable_name(conversation_id)}
        return bool(await self._store.thread_service.find_threads(meta_data=meta_data, limit=1))

    async def _release(self, conversation_id: str) -> None:
        """Delete the messages of a deleted conversation that no fork uses any more."""
        thread = self._thread(conversation_id)
        stored = await self._stored(thread)
        if stored is not None and stored.is_deleted and not await self._has_forks(conversation_id):
            await thread.delete()


def _description(record: ConversationRecord) -> dict[str, Any]:
    """The metadata by which a conversation is found: also its scope, and the conversation from which it was forked."""
    found = {"framework": _NAME, "conversation_id": storable_name(record.conversation_id)}
    if record.scope is not None:
        found["scope"] = storable_name(record.scope)
    if record.forked_from is not None:
        found["forked_from"] = storable_name(record.forked_from)
    return found


def _record_row(item: dict[str, Any]) -> MessageInput:
    return {"type": _RECORD, "sender_id": _RECORD, "item": storable(item)}


def _rows_of_entry(entry: ConversationEntry) -> list[MessageInput]:
    source = {
        "id": entry.id,
        "parent_id": entry.parent_id,
        "message": _MESSAGES.dump_python(entry.message, mode="json"),
    }
    return rows_of(_NAME, source, neutral(entry.message), key=entry.id, kind=entry.message.kind)


def _entries_of(records: Sequence[MessageRecord]) -> dict[str, ConversationEntry]:
    """The entries in a thread by their id, in order. A message of another program follows the entry before it."""
    found: dict[str, ConversationEntry] = {}
    for group in grouped(_NAME, records):
        if isinstance(group, Own):
            source = group.source
            message = _MESSAGES.validate_python(source["message"])
            found[source["id"]] = ConversationEntry(id=source["id"], parent_id=source["parent_id"], message=message)
            continue
        for record, message in messages_of_others(said_by_others(group.records)):
            parent = next(reversed(found), None)
            found[record.id] = ConversationEntry(id=record.id, parent_id=parent, message=message)
    return found
