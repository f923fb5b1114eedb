"""Writes a demo into a database, in batches, without the services."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pymongo

from ...clock import now
from ...errors import Conflict
from ...services import insert_new, translates_driver_errors
from .generating import generate

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...documents import Documents, MessageRow, ThreadRow
    from ...services import HasRuntime
    from .generating import Demo

_BATCH = 1000
_WRITE_SECONDS = 120


class NotEmpty(Conflict):
    """The database holds threads that are not of this demo."""

    def __init__(self) -> None:
        super().__init__(
            "This database contains conversations already. Name another one in THREADKEEP_DATABASE, or add to them with --add."
        )


@dataclass(slots=True)
class Filled:
    """The counts of written documents, and the seconds. Documents of an earlier, interrupted run are not counted."""

    users: int = 0
    threads: int = 0
    messages: int = 0
    seconds: float = 0.0


@translates_driver_errors
async def fill(
    keep: HasRuntime,
    demo: Demo,
    *,
    add: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
    batch_rows: int = _BATCH,
) -> Filled:
    """Write a demo, about `batch_rows` messages at once, and return the counts.

    If a run was killed, the same call continues it. If the demo is complete, the call changes nothing. Raises `NotEmpty`
    if the database has threads of another origin, unless `add` is set. `on_progress` gets the number of messages so far
    and the number of all messages.
    """
    started = time.perf_counter()
    documents = keep.runtime.documents
    generated = generate(demo)
    if not add and await _has_other_threads(documents, generated.users[0]["_id"]):
        raise NotEmpty
    filled = Filled()
    for start in range(0, len(generated.users), batch_rows):
        users = generated.users[start : start + batch_rows]
        filled.users += len(users) - len(await _insert(documents.users.get_pymongo_collection(), users))
    done = 0
    batch: list[tuple[ThreadRow, list[MessageRow]]] = []
    size = 0
    for conversation in generated.conversations:
        batch.append(conversation)
        size += len(conversation[1])
        if size >= batch_rows:
            await _write(documents, batch, filled)
            done, batch, size = done + size, [], 0
            if on_progress is not None:
                on_progress(done, demo.messages)
    await _write(documents, batch, filled)
    filled.seconds = time.perf_counter() - started
    return filled


async def _has_other_threads(documents: Documents, user_id: str) -> bool:
    """Whether the database has threads, but not the first user of this demo."""
    if await documents.threads.find_one({}, {"_id": 1}) is None:
        return False
    return await documents.users.get_pymongo_collection().find_one({"_id": user_id}, {"_id": 1}) is None


async def _write(documents: Documents, batch: list[tuple[ThreadRow, list[MessageRow]]], filled: Filled) -> None:
    """Write the messages before their threads, so that the counts of a visible thread are always true."""
    ids = [thread["_id"] for thread, _ in batch]
    present = {row["_id"] async for row in documents.threads.find({"_id": {"$in": ids}}, {"_id": 1})}
    missing = [(thread, rows) for thread, rows in batch if thread["_id"] not in present]
    moment = now()
    messages = [row for _, rows in missing for row in rows]
    for row in messages:
        row["imported_at"] = moment
    for start in range(0, len(messages), _BATCH):
        await _insert(documents.messages, messages[start : start + _BATCH])
    await _insert(documents.threads, [thread for thread, _ in missing])
    filled.threads += len(missing)
    filled.messages += len(messages)


async def _insert(collection: Any, rows: list[Any]) -> list[Any]:
    with pymongo.timeout(_WRITE_SECONDS):
        return await insert_new(collection, rows)
