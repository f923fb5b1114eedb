"""Stores jobs and their files. A file is in chunks of 1 MiB, so any process can read it, and no document is too large."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pymongo import ReturnDocument

from ...clock import EPOCH, now
from ...documents import IMPORT_KEPT_SECONDS, database_time
from ...errors import ImportNotFound, InvalidInput, TooLarge
from .queue_order import in_queue_order

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import IO

    from ...documents import Documents
    from ..caller import Caller

CHUNK_BYTES = 1024 * 1024
UNFINISHED = ("receiving", "waiting", "running")
_ABANDONED = timedelta(hours=1)
"""An upload that has got no chunk for this long was given up."""
_KEPT = timedelta(seconds=IMPORT_KEPT_SECONDS)

Job = dict[str, Any]


def owner_of_job(caller: Caller) -> str:
    """Who may see the jobs of a caller: the user of the key, or the key."""
    return f"user:{caller.user_id}" if caller.user_id is not None else f"key:{caller.key_id or ''}"


class ImportJobs:
    """The jobs of one database."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._jobs = documents.import_jobs
        self._chunks = documents.import_chunks

    async def get(self, import_id: str, owner: str | None = None) -> Job | None:
        """The job with this id; None if there is none, or if it belongs to another owner."""
        filters = {"_id": import_id} if owner is None else {"_id": import_id, "owner": owner}
        found: Job | None = await self._jobs.find_one(filters)
        return found

    async def unfinished(self, owner: str) -> int:
        """How many jobs of the owner wait or run. Uploads that were given up do not count."""
        still = {"$or": [{"state": {"$ne": "receiving"}}, {"updated_at": {"$gte": now() - _ABANDONED}}]}
        return await self._jobs.count_documents({"owner": owner, "state": {"$in": [*UNFINISHED]}, **still})

    async def begin(self, import_id: str, caller: Caller, options: dict[str, Any]) -> None:
        """Insert a job whose file is still to come. The rest of an interrupted upload of the same import is removed."""
        await self.remove(import_id)
        moment = now()
        await self._jobs.insert_one(
            {
                "_id": import_id,
                "owner": owner_of_job(caller),
                "scope": caller.scope,
                "user_id": caller.user_id,
                "key_prefix": caller.key_id,
                "options": options,
                "state": "receiving",
                "size": 0,
                "digest": None,
                "done": 0,
                "total": 0,
                "report": {},
                "error": None,
                "attempts": 0,
                "holder": None,
                "locked_until": EPOCH,
                "created_at": moment,
                "updated_at": moment,
                "finished_at": None,
                "expires_at": moment + _KEPT,
            }
        )

    async def receive(self, import_id: str, data: AsyncIterator[bytes], most_bytes: int) -> Job:
        """Store the file of a job, and let the job wait for a worker.

        Raises `TooLarge` if the file has more than `most_bytes`, and `InvalidInput` if it is empty. Holds 2 MiB in memory.
        """
        digest, size, number = hashlib.sha256(), 0, 0
        async for chunk in _rechunked(data):
            size += len(chunk)
            if size > most_bytes:
                raise TooLarge("body", most_bytes)
            digest.update(chunk)
            await self._chunks.insert_one(
                {
                    "_id": f"{import_id}/{number}",
                    "import_id": import_id,
                    "number": number,
                    "data": chunk,
                    "created_at": now(),
                }
            )
            number += 1
            await self._jobs.update_one({"_id": import_id}, {"$set": {"size": size, "updated_at": now()}})
        if not size:
            raise InvalidInput.at("body", "is empty: it must be the file to import", "missing")
        arrived = {"state": "waiting", "size": size, "digest": digest.hexdigest(), "updated_at": now()}
        found: Job | None = await self._jobs.find_one_and_update(
            {"_id": import_id}, {"$set": arrived}, return_document=ReturnDocument.AFTER
        )
        if found is None:  # deleted meanwhile, or its user was erased
            raise ImportNotFound(import_id)
        return found

    async def claim(self, holder: str, seconds: float) -> Job | None:
        """The next job that waits, or whose process was killed. No other process gets it for this many seconds."""
        moment = await database_time(self._documents.database)
        free: dict[str, Any] = {"$or": [{"state": "waiting"}, {"state": "running", "locked_until": {"$lt": moment}}]}
        mine = {"state": "running", "holder": holder, "locked_until": moment + timedelta(seconds=seconds)}
        for import_id in await in_queue_order(self._jobs, free, moment):
            found: Job | None = await self._jobs.find_one_and_update(
                {"_id": import_id, **free},
                {"$set": mine, "$inc": {"attempts": 1}},
                return_document=ReturnDocument.AFTER,
            )
            if found is not None:  # else another process was faster
                return found
        return None

    async def renew(self, job: Job, seconds: float, **fields: Any) -> bool:
        """Keep the job for this many seconds more, and store its progress. Returns False if it was deleted or taken."""
        until = await database_time(self._documents.database) + timedelta(seconds=seconds)
        return await self._update(job, {**fields, "locked_until": until, "updated_at": now()})

    async def release(self, job: Job) -> None:
        """Give the job back, because this process stops. The attempt does not count."""
        again = {"state": "waiting", "holder": None, "locked_until": EPOCH, "attempts": job["attempts"] - 1}
        await self._update(job, again)

    async def finish(self, job: Job, *, error: str | None, report: dict[str, Any], done: int, total: int) -> None:
        """End the job, then remove its file."""
        moment = now()
        ended = {"state": "done" if error is None else "failed", "error": error, "report": report, "holder": None}
        times = {"finished_at": moment, "updated_at": moment, "expires_at": moment + _KEPT}
        if await self._update(job, {**ended, **times, "done": done, "total": total}):
            await self._chunks.delete_many({"import_id": job["_id"]})

    async def _update(self, job: Job, fields: dict[str, Any]) -> bool:
        mine = {"_id": job["_id"], "holder": job["holder"], "state": "running"}
        return bool((await self._jobs.update_one(mine, {"$set": fields})).matched_count)

    async def write_file(self, job: Job, file: IO[bytes]) -> int:
        """Write the file of the job, chunk by chunk, and return its size."""
        size = 0
        number = 0
        while (chunk := await self._chunks.find_one({"_id": f"{job['_id']}/{number}"}, {"data": 1})) is not None:
            size += file.write(chunk["data"])
            number += 1
        return size

    async def remove(self, import_id: str) -> bool:
        """Remove a job with its file. A process that works on it stops. Returns whether there was one."""
        removed = await self._jobs.delete_one({"_id": import_id})
        await self._chunks.delete_many({"import_id": import_id})
        return bool(removed.deleted_count)

    async def remove_abandoned(self) -> None:
        """Remove uploads that were given up, and chunks without a job."""
        given_up = {"state": "receiving", "updated_at": {"$lt": now() - _ABANDONED}}
        async for job in self._jobs.find(given_up, {"_id": 1}):
            await self.remove(job["_id"])

    async def page(
        self, owner: str | None, *, limit: int, after: str | None, before: str | None, order: str
    ) -> list[Job]:
        """Up to `limit` jobs by id; of all owners if `owner` is None."""
        backwards = order == "desc"
        bounds: dict[str, str] = {}
        if after is not None:
            bounds["$lt" if backwards else "$gt"] = after
        if before is not None:
            bounds["$gt" if backwards else "$lt"] = before
        filters: dict[str, Any] = {} if owner is None else {"owner": owner}
        filters |= {"_id": bounds} if bounds else {}
        reversed_ = before is not None and after is None
        direction = (-1 if backwards else 1) * (-1 if reversed_ else 1)
        rows: list[Job] = await self._jobs.find(filters).sort("_id", direction).limit(limit).to_list()
        return rows[::-1] if reversed_ else rows


async def _rechunked(data: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in chunks of 1 MiB."""
    waiting = bytearray()
    async for piece in data:
        waiting += piece
        while len(waiting) >= CHUNK_BYTES:
            yield bytes(waiting[:CHUNK_BYTES])
            del waiting[:CHUNK_BYTES]
    if waiting:
        yield bytes(waiting)
