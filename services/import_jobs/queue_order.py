"""The order in which waiting imports run: no owner waits long behind many or large imports of another owner."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from pymongo.asynchronous.collection import AsyncCollection

_LATELY = timedelta(hours=1)
_BYTES_A_SECOND = 1024 * 1024
"""A file of this size is queued as if it had arrived one second later. So are the next files of its owner."""
_MOST = 1000
_SHOWN = {"owner": 1, "size": 1, "created_at": 1, "state": 1, "locked_until": 1}


async def in_queue_order(jobs: AsyncCollection[dict[str, Any]], free: dict[str, Any], moment: datetime) -> list[str]:
    """The ids of the imports that match `free`, in the order in which they should run.

    Imports of owners without a running import come first. In both groups, imports are sorted by their time of arrival. One
    second is added for each MiB of the file and of its owner's imports of the last hour. So a small file passes large files,
    and each file has its turn at last.
    """
    waiting = await jobs.find(free, _SHOWN).sort("_id", 1).limit(_MOST).to_list()
    if len(waiting) < 2:  # noqa: PLR2004 - one has no order
        return [job["_id"] for job in waiting]
    owners = [*{job["owner"]: None for job in waiting}]
    begun: Any = {"$or": [{"state": "running"}, {"finished_at": {"$gte": moment - _LATELY}}], "owner": {"$in": owners}}
    busy: set[str] = set()
    lately: Counter[str] = Counter()
    async for job in jobs.find(begun, _SHOWN):
        if job["state"] != "running" or job["locked_until"] >= moment:
            lately[job["owner"]] += job["size"]
        if job["state"] == "running" and job["locked_until"] >= moment:
            busy.add(job["owner"])

    def turn(job: dict[str, Any]) -> tuple[bool, datetime, str]:
        behind = timedelta(seconds=(lately[job["owner"]] + job["size"]) / _BYTES_A_SECOND)
        return job["owner"] in busy, job["created_at"] + behind, job["_id"]

    return [job["_id"] for job in sorted(waiting, key=turn)]
