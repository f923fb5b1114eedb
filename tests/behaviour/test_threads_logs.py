"""Log threads hold the state of frameworks: lists of people and analytics leave them out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.clock import now
from threadkeep.tests.factories import make_thread, make_user

if TYPE_CHECKING:
    from threadkeep.keep import Threadkeep
    from threadkeep.tests.factories import ServiceProvider

LOG: dict[str, Any] = {"kind": "log", "framework": "f"}


async def test_lists_of_people_leave_log_threads_out(services: ServiceProvider) -> None:
    user = await make_user(services)
    thread = await make_thread(services, participant_ids=[user.id])
    log = await make_thread(services, participant_ids=[user.id], meta_data=LOG)
    threads = services.thread_service

    assert await threads.list_threads(user.id) == [thread.id]
    assert [one.id for one in await threads.list_thread_records(user.id)] == [thread.id]
    assert [one.id for one in await threads.find_threads(participant=user.id)] == [thread.id]
    assert [one.id for one in await threads.find_threads(participant=user.id, meta_data={"kind": "log"})] == [log.id]
    assert [one.id for one in await threads.find_threads(meta_data={"framework": "f"})] == [log.id]
    await services.user_service.delete_user(user.id)
    assert user.id not in {name for one in await threads.find_threads() for name in one.participant_ids}


@pytest.mark.slow
async def test_analytics_count_neither_log_threads_nor_bookkeeping(keep: Threadkeep) -> None:
    user = await make_user(keep)
    thread = await make_thread(keep, "Hello", participant_ids=[user.id])
    log = await make_thread(keep, participant_ids=[user.id], meta_data=LOG)
    for one in (thread, log):
        await keep.message_service.create_message(one.id, type="f.state", item={"step": 1})
    since, until = now() - timedelta(days=1), now() + timedelta(days=1)

    assert sum(row.messages for row in await keep.analytics_service.messages(since, until)) == 1
    assert sum(row.threads for row in await keep.analytics_service.new_threads(since, until)) == 1
    assert sum(row.messages for row in await keep.analytics_service.activity(since, until)) == 1
