"""Makes a thread, alone or with its first messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymongo.errors import DuplicateKeyError

from ..documents.thread import SCHEMA_VERSION
from ..errors import IdTaken, Unavailable
from ..identity import new_id
from ..inputs import NO_META_DATA
from .message_rows import message_row, sender
from .metadata import fingerprints
from .participants import require_participants
from .rights import require
from .store import now

if TYPE_CHECKING:
    from ..documents import MessageRow, ThreadRow
    from ..inputs import NewThread
    from .caller import Caller
    from .store import Store


async def create(store: Store, caller: Caller, new: NewThread, *, prefix: str, thread_id: str | None) -> ThreadRow:
    """Store a new thread and return its row."""
    owner_id = _owner(caller, new)
    await require_participants(store.documents, new.participant_ids)
    participant_ids = list(new.participant_ids)
    if owner_id is not None and owner_id not in participant_ids:
        participant_ids.append(owner_id)
        if owner_id != caller.user_id:
            await require_participants(store.documents, [owner_id])
    row = thread_row(thread_id or new_id(prefix), new, owner_id, participant_ids)
    message_prefix = "message" if prefix == "thread" else "msg"
    messages = [
        message_row(
            row["_id"], message, sender(caller, message.role, message.sender_id, participant_ids), prefix=message_prefix
        )
        for message in new.messages
    ]
    await insert_thread(store, row, messages)
    return row


def _owner(caller: Caller, new: NewThread) -> str | None:
    if caller.user_id is not None:
        require(caller, "create threads", user_id=new.owner_id or caller.user_id)
        return caller.user_id
    if new.owner_id is not None:
        return new.owner_id
    return new.participant_ids[0] if new.participant_ids else None


def thread_row(thread_id: str, new: NewThread, owner_id: str | None, participant_ids: list[str]) -> ThreadRow:
    """The row of a new thread without messages."""
    moment = now()
    meta_data = dict(NO_META_DATA) if new.meta_data is None else new.meta_data
    return {
        "_id": thread_id,
        "owner_id": owner_id,
        "participant_ids": participant_ids,
        "meta_data": meta_data,
        "meta_data_index": fingerprints(meta_data),
        "tool_resources": new.tool_resources,
        "last_seq": 0,
        "deleted_count": 0,
        "message_count": 0,
        "revision": 1,
        "created_at": moment,
        "updated_at": moment,
        "last_message_at": None,
        "last_active_at": moment,
        "deleted_at": None,
        "schema_version": SCHEMA_VERSION,
    }


async def insert_thread(store: Store, row: ThreadRow, messages: list[MessageRow]) -> None:
    """Insert a thread with its messages, visible together.

    A birth is a deletion backwards: the thread first stands there with a tombstone, its messages are written, and taking the
    tombstone off is the one write that makes all of it visible. What a killed process leaves has a tombstone and is swept.
    """
    for seq, message in enumerate(messages, 1):
        message["seq"] = seq
    if not messages:
        await _insert(store, row)
        return
    newest = max(message["created_at"] for message in messages)
    hidden: ThreadRow = {**row, "deleted_at": row["created_at"], "creating": True}
    hidden |= {
        "last_seq": len(messages),
        "message_count": len(messages),
        "last_message_at": newest,
        "last_active_at": newest,
    }
    await _insert(store, hidden)
    await store.documents.messages.insert_many(messages)
    born = await store.documents.threads.update_one(
        {"_id": row["_id"], "creating": True}, {"$set": {"deleted_at": None}, "$unset": {"creating": 1}}
    )
    if not born.matched_count:  # it took so long that the sweeper gave it up
        raise Unavailable("The thread took too long to write.")
    row |= {
        "last_seq": len(messages),
        "message_count": len(messages),
        "last_message_at": newest,
        "last_active_at": newest,
    }


async def _insert(store: Store, row: ThreadRow) -> None:
    try:
        await store.documents.threads.insert_one(row)
    except DuplicateKeyError as error:
        raise IdTaken(row["_id"]) from error
