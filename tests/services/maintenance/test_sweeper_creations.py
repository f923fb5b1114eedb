"""Threads whose creation was killed or is slow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from threadkeep.errors import ThreadNotFound, Unavailable
from threadkeep.tests.factories import make_user
from threadkeep.tests.services.interference import Killed, before_next, kill_at
from threadkeep.tests.services.maintenance.sweeping import counts, make_everything_older, sweep

if TYPE_CHECKING:
    from threadkeep.documents import Documents
    from threadkeep.keep import Threadkeep


async def test_a_thread_whose_creation_was_killed_is_invisible_and_a_sweep_removes_it(
    keep: Threadkeep, documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await make_user(keep)
    kill_at(monkeypatch, documents.database["threads"], "update_one")
    with pytest.raises(Killed):
        await keep.thread_service.create_thread([user.id], messages=[{"content": "x"}] * 3)
    [thread_id] = await documents.threads.distinct("_id")

    await sweep(keep)
    first_counts = await counts(documents, "threads", "messages")
    with pytest.raises(ThreadNotFound):
        await keep.thread_service.get_thread(thread_id)
    assert await keep.thread_service.list_threads(user.id) == []
    assert await keep.thread_service.find_threads(owner=user.id) == []
    await make_everything_older(documents)
    await sweep(keep)

    assert first_counts == [1, 3]
    assert await counts(documents, "threads", "messages") == [0, 0]


async def test_a_thread_that_is_completed_during_its_removal_stays_whole(
    keep: Threadkeep, documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweeper finds the unfinished thread. Then its slow creator completes it, and then the sweeper acts."""
    kill_at(monkeypatch, documents.database["threads"], "update_one")
    with pytest.raises(Killed):
        await keep.thread_service.create_thread(messages=[{"content": "x"}] * 3)
    monkeypatch.undo()
    await make_everything_older(documents)
    threads = documents.threads

    async def complete_creation() -> None:
        await threads.find_one_and_update({"creating": True}, {"$set": {"deleted_at": None}, "$unset": {"creating": 1}})

    before_next(monkeypatch, documents.database["threads"], "update_one", complete_creation)
    await sweep(keep)
    [thread] = await keep.thread_service.find_threads()

    assert thread.message_count == 3
    assert len(await keep.message_service.list_messages(thread.id)) == 3


async def test_a_creation_whose_thread_a_sweep_removed_raises_unavailable(
    keep: Threadkeep, documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def remove_by_sweep() -> None:
        await make_everything_older(documents)
        monkeypatch.undo()
        await sweep(keep)

    before_next(monkeypatch, documents.database["threads"], "update_one", remove_by_sweep)
    with pytest.raises(Unavailable):
        await keep.thread_service.create_thread(messages=[{"content": "x"}])

    assert await counts(documents, "threads", "messages") == [0, 0]
