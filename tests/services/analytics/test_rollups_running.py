from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from threadkeep import Threadkeep
from threadkeep.cli import app
from threadkeep.documents import A_DATE
from threadkeep.services.analytics.rollups import Rollups
from threadkeep.services.deletion.placeholders import IS_BATCH_ID
from threadkeep.services.maintenance.background import cancel_tasks
from threadkeep.tests.services.analytics.facts import FIRST, expected, stored
from threadkeep.tests.services.analytics.plans import index_in
from threadkeep.tests.waiting import until

if TYPE_CHECKING:
    from pymongo import AsyncMongoClient, MongoClient

    from threadkeep.documents import Documents
    from threadkeep.tests.services.analytics.facts import StoreMessage


async def test_periodic_rollups_run_until_they_are_cancelled(
    keep: Threadkeep, store_message: StoreMessage, documents: Documents
) -> None:
    thread = await keep.thread_service.create_thread()
    task = asyncio.create_task(Rollups(documents).run_periodically(0.01))
    await store_message(thread.id, 0)

    async def computed() -> bool:
        return bool((await stored(documents))["daily_threads"])

    await until(computed)
    await cancel_tasks([task])

    assert task.cancelled()


def test_the_rollup_command_computes_the_facts_and_rebuilds_them(
    mongo: MongoClient[dict[str, Any]], mongo_url: str, database_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THREADKEEP_MONGODB_URL", mongo_url)
    monkeypatch.setenv("THREADKEEP_DATABASE", database_name)

    def rollup(*options: str) -> str:
        return CliRunner().invoke(app, ["rollup", *options], catch_exceptions=False).stdout

    assert rollup().startswith("0 days computed. The daily facts include all changes until 20")
    mongo[database_name]["rollups"].update_one({}, {"$set": {"pending": [FIRST]}})
    assert rollup("--rebuild", "--since", "2026-10-01").startswith("1 day computed")


@pytest.mark.parametrize(
    ("collection", "changed", "index"),
    [
        ("messages", {"created_at": {"$gte": FIRST}}, "created_at_1"),
        ("messages", {"imported_at": {"$gte": FIRST}}, "imported_at_1"),
        ("messages", {"updated_at": {"$gte": FIRST}, "revision": {"$gt": 1}}, "updated_at_1"),
        ("messages", {"batch.id": IS_BATCH_ID}, "batch.id_1"),
        ("deleted_messages", {"deleted_at": {"$gte": FIRST}}, "deleted_at_1"),
        ("deleted_threads", {"deleted_at": {"$gte": FIRST}}, "deleted_at_1"),
        ("deleted_threads", {"unfinished": True}, "unfinished_1"),
        ("threads", {"deleted_at": A_DATE}, "deleted_at_1"),
        ("daily_threads", {"thread_id": {"$in": ["thread_1"]}}, "thread_id_1_day_1"),
    ],
)
async def test_changes_are_found_by_an_index(
    documents: Documents, collection: str, changed: dict[str, Any], index: str
) -> None:
    command = {"aggregate": collection, "pipeline": [{"$match": changed}], "cursor": {}}

    plan = await documents.database.command("explain", command, verbosity="queryPlanner")

    assert index_in(plan) == index


async def test_an_open_threadkeep_computes_the_facts_periodically(
    mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str
) -> None:
    async with Threadkeep(mongo_client, database=database_name, sweep_seconds=None, rollup_seconds=60) as keep:
        rollups = Rollups(keep.runtime.documents)

        async def computed() -> bool:
            return await rollups.as_of() is not None

        await until(computed)


@pytest.mark.parametrize(
    ("at_once", "steps"),
    [
        (10_000, [20]),
        pytest.param(20, [5, 10, 15, 20], marks=pytest.mark.slow),
        pytest.param(1, [*range(1, 21)], marks=pytest.mark.slow),
    ],
)
async def test_a_run_over_many_days_computes_blocks_of_days(
    keep: Threadkeep,
    documents: Documents,
    store_message: StoreMessage,
    *,
    at_once: int,
    steps: list[int],
) -> None:
    """Twenty days with four messages each."""
    user = await keep.user_service.create_user()
    thread = await keep.thread_service.create_thread([user.id])
    for number in range(80):
        await store_message(thread.id, 6 * number, sender_id=user.id)
    done: list[int] = []

    rollups = Rollups(documents, look_back=timedelta(0), messages_at_once=at_once)
    await rollups.run(lambda days, _all: done.append(days))

    assert done == steps
    assert await stored(documents) == await expected(documents)
