"""Makes a thread, alone or with its first messages."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pymongo.errors import BulkWriteError, DuplicateKeyError

from ..clock import now
from ..documents import THREAD_SCHEMA_VERSION
from ..errors import IdTaken, InvalidParticipants, Unavailable
from ..ids import new_id
from ..inputs import NO_META_DATA
from .appends import message_rows
from .deletion import remove_stragglers
from .driver_errors import duplicate_key_in, refusal
from .metadata_index import fingerprints
from .participants import erase_missing, require_participants
from .rights import require

if TYPE_CHECKING:
    from ..documents import Documents, MessageRow, ThreadRow
    from ..inputs import NewThread
    from .caller import Caller
    from .runtime import Runtime


async def create(runtime: Runtime, caller: Caller, new: NewThread, *, prefix: str, thread_id: str | None) -> ThreadRow:
    """Store a new thread and return its row."""
    owner_id = _owner(caller, new)
    participant_ids = list(new.participant_ids)
    if owner_id is not None and owner_id not in participant_ids:
        participant_ids.append(owner_id)
    # The key's own user too: a key is believed for some seconds after its user was erased.
    await require_participants(runtime.documents, participant_ids)
    row = thread_row(thread_id or new_id(prefix), new, owner_id, participant_ids)
    message_prefix = "message" if prefix == "thread" else "msg"
    messages = message_rows(
        row["_id"], new.messages, caller, participant_ids, prefix=message_prefix, moment=row["created_at"]
    )
    await insert_thread(runtime, row, messages)
    if not await erase_missing(runtime.documents, participant_ids):
        return row
    left = await runtime.documents.threads.find_one({"_id": row["_id"], "deleted_at": None})
    if left is None:
        raise InvalidParticipants(unknown=[owner_id or participant_ids[0]])
    return left


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
        "schema_version": THREAD_SCHEMA_VERSION,
    }


async def insert_thread(runtime: Runtime, row: ThreadRow, messages: list[MessageRow]) -> None:
    """Insert a thread with its messages, visible together.

    A birth is a deletion backwards: the thread first stands there with a tombstone, its messages are written, and taking the
    tombstone off is the one write that makes all of it visible. What a killed process leaves has a tombstone and is swept.
    """
    for seq, message in enumerate(messages, 1):
        message["seq"] = seq
    if not messages:
        await _insert(runtime, row)
        return
    newest = max(message["created_at"] for message in messages)
    hidden: ThreadRow = {**row, "deleted_at": row["created_at"], "creating": True}
    hidden |= {
        "last_seq": len(messages),
        "message_count": len(messages),
        "last_message_at": newest,
        "last_active_at": newest,
    }
    await _insert(runtime, hidden)
    try:
        await runtime.documents.messages.insert_many(messages)
    except BulkWriteError as error:
        faults = error.details["writeErrors"]
        raise (refusal(faults[0]) if faults and duplicate_key_in(faults[0]) is None else _given_up()) from error
    born = await runtime.documents.threads.update_one(
        _mine(hidden), {"$set": {"deleted_at": None}, "$unset": {"creating": 1}}
    )
    if not born.matched_count:
        raise _given_up()
    row |= {
        "last_seq": len(messages),
        "message_count": len(messages),
        "last_message_at": newest,
        "last_active_at": newest,
    }


async def _insert(runtime: Runtime, row: ThreadRow) -> None:
    try:
        await runtime.documents.thread_writes.insert_one(row)
    except DuplicateKeyError as error:
        raise IdTaken(row["_id"]) from error


async def create_on_retry(
    runtime: Runtime, caller: Caller, new: NewThread, *, prefix: str, thread_id: str
) -> ThreadRow:
    """Make a thread that may be there already, from the first time the same request was done."""
    threads = runtime.documents.threads
    first = await threads.find_one({"_id": thread_id})
    if first is None and await runtime.documents.deleted_threads.get(thread_id) is not None:
        raise IdTaken(thread_id)  # it was made, and deleted since
    if first is not None and first.get("creating"):
        await _remove_unborn(runtime.documents, first)
    elif first is not None:
        return _living(first)
    try:
        return await create(runtime, caller, new, prefix=prefix, thread_id=thread_id)
    except IdTaken:
        first = await threads.find_one({"_id": thread_id})
        if first is None or first.get("creating"):
            raise _given_up() from None
        return _living(first)


def _living(row: ThreadRow) -> ThreadRow:
    if row["deleted_at"] is not None:
        raise IdTaken(row["_id"])
    return row


async def _remove_unborn(documents: Documents, row: ThreadRow) -> None:
    """Remove what an earlier try left, of which nobody has seen anything, and stop it if it still runs."""
    moment = max(now(), row["created_at"] + timedelta(milliseconds=1))
    stopped = await documents.threads.update_one(_mine(row), {"$set": {"created_at": moment, "deleted_at": moment}})
    if stopped.matched_count:
        await remove_stragglers(documents, row["_id"])
        await documents.threads.delete_one(_mine({**row, "created_at": moment}))


def _mine(row: ThreadRow) -> dict[str, Any]:
    """The thread for as long as no other try, and not the sweeper, has taken it over: no two have begun at one moment."""
    return {"_id": row["_id"], "creating": True, "created_at": row["created_at"]}


def _given_up() -> Unavailable:
    return Unavailable("The thread took too long to write, or is being written by another request.")
