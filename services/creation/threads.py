"""Creates threads, alone or with their first messages.

A thread with messages is created in three steps:

1. Insert the thread with a tombstone (`deleted_at`) and the mark `creating`. It is invisible.
2. Insert its messages.
3. Remove the tombstone and the mark. This one write makes the thread visible with all its messages.

A thread with an external id takes it between the steps 2 and 3 (`ensured_threads.py`).

If a process is killed in between, the thread keeps its tombstone, and the sweeper purges it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pymongo.errors import BulkWriteError, DuplicateKeyError

from ...clock import now
from ...documents import THREAD_SCHEMA_VERSION
from ...errors import ExternalIdTaken, IdTaken, InvalidParticipants, Unavailable
from ...ids import new_id
from ...inputs import NO_META_DATA
from ..appends import message_rows, newest_preview_of, number_rows, stored_preview
from ..database import first_refusal, is_stored
from ..deletion import remove_remaining_rows
from ..external_ids import ExternalIdClaim
from ..metadata_index import fingerprints
from ..participants import erase_missing, require_participants, require_right_to_add
from ..rights import require
from ..thread_changes import shown_fields
from .ensured_threads import holder_of, reveal, take_external_id

if TYPE_CHECKING:
    from ...documents import Documents, MessageRow, ThreadRow
    from ...inputs import NewThread
    from ..caller import Caller
    from ..runtime import Runtime


async def create_thread(
    runtime: Runtime, caller: Caller, new: NewThread, *, prefix: str, thread_id: str | None
) -> ThreadRow:
    """Store a new thread with its messages and return its row.

    Raises `InvalidParticipants` if a participant does not exist, `Forbidden`, `IdTaken` if the thread's id is taken, and
    `ExternalIdTaken`.
    """
    owner_id = _owner(caller, new)
    participant_ids = list(new.participant_ids)
    if owner_id is not None and owner_id not in participant_ids:
        participant_ids.append(owner_id)
    await require_right_to_add(runtime.documents, caller, participant_ids)
    # Check the user of the key too: processes accept a key for some seconds after its user was erased.
    await require_participants(runtime.documents, participant_ids)
    row = thread_row(thread_id or new_id(prefix), new, owner_id, participant_ids)
    message_prefix = "message" if prefix == "thread" else "msg"
    messages = message_rows(
        row["_id"], new.messages, caller, participant_ids, prefix=message_prefix, moment=row["created_at"]
    )
    claim = None
    if new.external_id is not None:
        row["external_id"] = new.external_id
        claim = ExternalIdClaim(runtime.documents, caller, "thread", new.external_id)
    await insert_thread(runtime, row, messages, claim)
    if not await erase_missing(runtime.documents, participant_ids):
        return row
    remaining = await runtime.documents.threads.find_one({"_id": row["_id"], "deleted_at": None})
    if remaining is None:
        raise InvalidParticipants(unknown=[owner_id or participant_ids[0]])
    return remaining


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
        **_present(shown_fields(new)),  # type: ignore[typeddict-item]  # optional fields
    }


def _present(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


async def insert_thread(
    runtime: Runtime, row: ThreadRow, messages: list[MessageRow], claim: ExternalIdClaim | None = None
) -> None:
    """Insert a thread with its messages. All become visible together (see the module).

    Sets the numbers of the messages and the summary of `row`. Raises `IdTaken` if the id of the thread is taken, and
    `ExternalIdTaken` if a living thread has the external id. Raises `Unavailable` if another process has removed the unfinished
    thread or is creating it.
    """
    if not messages and claim is None:
        await _insert(runtime, row)
        return
    row |= _summary(messages)
    hidden: ThreadRow = {**row, "deleted_at": row["created_at"], "creating": True}
    await _insert(runtime, hidden)
    if messages:
        await _insert_messages(runtime, messages)
    if claim is not None and not await take_external_id(runtime.documents, claim, row["_id"]):
        await _remove_unfinished(runtime.documents, hidden)
        raise ExternalIdTaken(claim.external_id)
    if not await reveal(runtime.documents, hidden) and not await _is_revealed(runtime.documents, hidden, claim):
        raise _interrupted()


def _summary(messages: list[MessageRow]) -> ThreadRow:
    """Number the messages. Returns the fields of the thread that depend on them: none without messages."""
    number_rows(messages, 0)
    if not messages:
        return {}  # type: ignore[typeddict-item]  # fields for a row that has the others
    newest = max(message["created_at"] for message in messages)
    count = len(messages)
    preview = newest_preview_of(messages)
    return {
        "last_seq": count,
        "message_count": count,
        "last_message_at": newest,
        "last_active_at": newest,
        **({} if preview is None else {"last_message": stored_preview(preview, preview["seq"])}),  # type: ignore[typeddict-item]  # fields for a row that has the others
    }


async def _is_revealed(documents: Documents, hidden: ThreadRow, claim: ExternalIdClaim | None) -> bool:
    """Whether a reader of the external id has made the thread visible."""
    return claim is not None and (await holder_of(documents, claim)).thread_id == hidden["_id"]


async def _insert_messages(runtime: Runtime, messages: list[MessageRow]) -> None:
    try:
        await runtime.documents.messages.insert_many(messages)
    except BulkWriteError as error:
        _, refusal = first_refusal(error)
        raise (_interrupted() if isinstance(refusal, frozenset) else refusal) from error


async def _insert(runtime: Runtime, row: ThreadRow) -> None:
    try:
        await runtime.documents.thread_writes.insert_one(row)
    except DuplicateKeyError as error:
        if not await is_stored(runtime.documents.threads, row):
            raise IdTaken(row["_id"]) from error


async def create_thread_on_retry(
    runtime: Runtime, caller: Caller, new: NewThread, *, prefix: str, thread_id: str
) -> ThreadRow:
    """Like `create_thread`, for a request that ran before: returns the thread of the first try if it exists.

    If the first try left an unfinished thread, it is removed, and the thread is created anew. Raises `IdTaken` if the thread
    was created and deleted since.
    """
    threads = runtime.documents.threads
    first = await threads.find_one({"_id": thread_id})
    if first is None and await runtime.documents.deleted_threads.get(thread_id) is not None:
        raise IdTaken(thread_id)  # the thread was created and deleted since
    if first is not None and first.get("creating"):
        await _remove_unfinished(runtime.documents, first)
    elif first is not None:
        return _require_not_deleted(first)
    try:
        return await create_thread(runtime, caller, new, prefix=prefix, thread_id=thread_id)
    except IdTaken:
        first = await threads.find_one({"_id": thread_id})
        if first is None or first.get("creating"):
            raise _interrupted() from None
        return _require_not_deleted(first)


def _require_not_deleted(row: ThreadRow) -> ThreadRow:
    if row["deleted_at"] is not None:
        raise IdTaken(row["_id"])
    return row


async def _remove_unfinished(documents: Documents, row: ThreadRow) -> None:
    """Remove the unfinished thread of an earlier try. It was never visible. If that try still runs, it fails.

    A new `created_at` takes the thread over: the earlier try only completes a thread with its own `created_at`.
    """
    moment = max(now(), row["created_at"] + timedelta(milliseconds=1))
    stopped = await documents.threads.update_one(
        _still_creating(row), {"$set": {"created_at": moment, "deleted_at": moment}}
    )
    if stopped.matched_count:
        await remove_remaining_rows(documents, row["_id"])
        await documents.threads.delete_one(_still_creating({**row, "created_at": moment}))


def _still_creating(row: ThreadRow) -> dict[str, Any]:
    """Filter for the unfinished thread, unless another try or the sweeper has taken it over.

    Each try has its own `created_at`.
    """
    return {"_id": row["_id"], "creating": True, "created_at": row["created_at"]}


def _interrupted() -> Unavailable:
    return Unavailable("The thread took too long to write, or is being written by another request.")
