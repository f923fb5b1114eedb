"""A sweep of a long range of time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pymongo.errors import ExecutionTimeout

from threadkeep.clock import EPOCH, now
from threadkeep.services import Sweeper
from threadkeep.tests.factories import make_messages, make_thread

if TYPE_CHECKING:
    from threadkeep.tests.faults.conftest import Pair


@pytest.mark.slow
async def test_a_sweep_divides_a_range_of_time_that_is_too_long_for_one_query(
    keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = keeps
    thread = await make_thread(one)
    await make_messages(one, thread.id, ["a", "b"])
    documents = one.runtime.documents
    await documents.threads.update_one({"_id": thread.id}, {"$set": {"last_seq": 0, "message_count": 0}})
    aggregate, ranges = documents.messages.aggregate, []

    async def bounded(pipeline: list[dict[str, Any]]) -> Any:
        bounds = pipeline[0]["$match"]["created_at"]
        ranges.append(bounds["$lt"] - bounds["$gte"])
        if ranges[-1] > timedelta(days=30):
            raise ExecutionTimeout("too much", 50)
        return await aggregate(pipeline)

    monkeypatch.setattr(documents.messages, "aggregate", bounded)
    sweeper = Sweeper(documents, one.runtime.appender.sequencer, every_seconds=1)
    await documents.leases.get_pymongo_collection().insert_one(
        {"_id": "sweeper", "holder": "", "until": EPOCH, "watermark": now() - timedelta(days=365)}
    )
    await sweeper.sweep()

    assert (await one.thread_service.get_thread(thread.id)).message_count == 2
    assert 5 < len(ranges) < 100
