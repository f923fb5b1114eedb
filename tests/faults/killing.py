"""Ends the work of a process between two commands, and checks the remains of cuts and commits."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pymongo.asynchronous.collection import AsyncCollection

from threadkeep.tests.faults.consistency import sweep
from threadkeep.tests.services.interference import Killed

if TYPE_CHECKING:
    import pytest

    from threadkeep.keep import Threadkeep


def kill(monkeypatch: pytest.MonkeyPatch, keep: Threadkeep, step: tuple[str, str], when: str) -> None:
    """End the next operation of this kind before or after it, as if the process were killed there."""
    name, operation = step
    full_name = keep.runtime.documents.database[name].full_name
    original = getattr(AsyncCollection, operation)

    async def interrupted(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.full_name != full_name:
            return await original(self, *args, **kwargs)
        monkeypatch.setattr(AsyncCollection, operation, original)
        if when == "after":
            await original(self, *args, **kwargs)
        await keep.runtime.background.close()
        raise Killed

    monkeypatch.setattr(AsyncCollection, operation, interrupted)


async def killed(work: Any) -> None:
    """Run work that may be killed. Work of the background may be killed after the answer."""
    with suppress(Killed):
        await work
    while any(task.get_name().startswith("finish") for task in asyncio.all_tasks()):  # noqa: ASYNC110
        await asyncio.sleep(0)


async def state_of(keep: Threadkeep, thread_id: str) -> tuple[Any, list[Any]]:
    """Return the metadata of a thread and the texts of its messages, and check its counts."""
    thread = await keep.thread_service.get_thread(thread_id)
    listed = await keep.message_service.list_messages(thread_id)
    assert thread.message_count == len(listed)
    return thread.meta_data.get("step"), [one.content for one in listed]


async def require_clean(keep: Threadkeep, thread_id: str, count: int) -> None:
    """Sweep, and check that nothing is left to clean up and that direct readers see `count` messages."""
    await sweep(keep)
    documents = keep.runtime.documents
    row: Any = await documents.threads.find_one({"_id": thread_id})
    assert not row.get("cuts")
    assert not row.get("commits")
    assert "uncleaned_since" not in row
    assert await documents.messages.count_documents({"thread_id": thread_id, "batch": None}) == count
    assert row["message_count"] == count
    assert await documents.messages.count_documents({"content": {"$regex": "^old [34]$"}}) == 0
