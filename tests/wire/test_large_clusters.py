"""Clusters of shards, of members that lag, and of so much data that some commands take long."""

from __future__ import annotations

import inspect
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.clock import EPOCH, now
from threadkeep.documents.upgrades import Upgrade
from threadkeep.services import Migration, Rollups, Sweeper, Tuning
from threadkeep.services.analytics.changed_days import all_days, changed_days
from threadkeep.services.analytics.pipelines import QUESTIONS, contributions
from threadkeep.tests.factories import make_messages, make_thread, make_user
from threadkeep.transfer import export

if TYPE_CHECKING:
    from pathlib import Path

    from pymongo import MongoClient

    from threadkeep.documents import Documents
    from threadkeep.keep import Threadkeep
    from threadkeep.tests.wire.conftest import Behind
    from threadkeep.tests.wire.messages import Body
    from threadkeep.tests.wire.proxy import RulesProxy
    from threadkeep.tests.wire.rules import Command, PassOn


class MovingChunk:
    """A document moves to another shard during an update of many documents, and the update misses it.

    After the first update of the collection, the document is as it was before.
    """

    def __init__(self, mongo: MongoClient[dict[str, Any]], database: str, collection: str) -> None:
        self._rows = mongo[database][collection]
        self._collection = collection
        self._missed: list[dict[str, Any]] = []
        self.updates = 0

    async def __call__(self, command: Command, pass_on: PassOn) -> Body:
        is_update = command.name == "update" and command.collection == self._collection
        if not is_update or not command.body["updates"][0].get("multi"):
            return await pass_on()
        self.updates += 1
        before = self._rows.find_one(command.body["updates"][0]["q"]) if self.updates == 1 else None
        answer = await pass_on()
        if before is not None:
            self._rows.replace_one({"_id": before["_id"]}, before)
        return answer


@pytest.mark.parametrize("collection", ["messages", "threads"])
async def test_an_erasure_misses_no_document_that_moves_meanwhile(
    behind: Behind, proxy: RulesProxy, mongo: MongoClient[dict[str, Any]], database_name: str, collection: str
) -> None:
    moving = MovingChunk(mongo, database_name, collection)
    async with behind() as keep:
        ada, bob = await make_user(keep), await make_user(keep)
        thread = await keep.thread_service.create_thread([bob.id, ada.id])
        await make_messages(keep, thread.id, ["a", "b"], role="user", sender_id=ada.id)
        proxy.rules.append(moving)
        await keep.user_service.delete_user(ada.id)

    assert moving.updates > 1
    assert ada.id not in str([*mongo[database_name]["messages"].find(), *mongo[database_name]["threads"].find()])


async def test_a_migration_misses_no_document_that_moves_meanwhile(
    behind: Behind, proxy: RulesProxy, mongo: MongoClient[dict[str, Any]], database_name: str
) -> None:
    upgrade = Upgrade("threads", 9, [{"$set": {"schema_version": 9}}])
    async with behind() as keep:
        for _ in range(3):
            await make_thread(keep)
        proxy.rules.append(MovingChunk(mongo, database_name, "threads"))
        await Migration(keep.runtime.documents.database, upgrades=[upgrade]).run()

    assert [row["schema_version"] for row in mongo[database_name]["threads"].find()] == [9, 9, 9]


async def test_a_question_about_daily_facts_waits_for_a_secondary_that_lags(behind: Behind, proxy: RulesProxy) -> None:
    async with behind() as keep:
        await make_messages(keep, (await make_thread(keep)).id, ["a"])
        for _ in range(2):  # the first updates the facts, and the second finds them fresh
            proxy.commands.clear()
            await keep.analytics_service.active_users()

            (question,) = [one for one in proxy.sent("aggregate", collection="daily_users") if "comment" in one.body]
            last_state = proxy.sent("find", collection="rollups")[-1]
            assert question.body["$readPreference"]["mode"] == "secondaryPreferred"
            assert question.body["readConcern"]["afterClusterTime"]
            assert question.body["lsid"] == last_state.body["lsid"]


async def days_in_both_ways(documents: Documents, since: datetime) -> tuple[set[datetime], set[datetime]]:
    """Return the days that steps in an index find, and the days that one read of all rows finds."""
    by_index, by_reading = (replace(documents, sorts_by_index=one) for one in (True, False))
    return await all_days(by_index, since), await all_days(by_reading, since)


async def test_the_days_of_messages_are_found_by_one_step_in_the_index_for_each_day(
    behind: Behind, proxy: RulesProxy, mongo: MongoClient[dict[str, Any]], database_name: str
) -> None:
    first = datetime(2026, 3, 1)  # noqa: DTZ001 - as stored
    days = [first + timedelta(days=number) for number in (0, 1, 2, 40, 400)]
    extremes = [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999000)]  # noqa: DTZ001
    rows = [{"created_at": day + timedelta(hours=hour)} for day in days for hour in (0, 7, 23)]
    rows += [{"created_at": moment} for moment in extremes]
    mongo[database_name].command("collMod", "messages", validationLevel="off")
    # The messages of a day are in one thread with different numbers, as the unique index wants it.
    mongo[database_name]["messages"].insert_many(
        [{**row, "thread_id": "t", "seq": seq} for seq, row in enumerate(rows)]
    )
    mongo[database_name].command("collMod", "messages", validationLevel="moderate")
    async with behind() as keep:
        by_index, by_reading = await days_in_both_ways(keep.runtime.documents, EPOCH)
        proxy.commands.clear()
        documents = replace(keep.runtime.documents, sorts_by_index=True)
        changed = await changed_days(documents, first)
        steps = proxy.sent("find", collection="messages")

    assert by_index == by_reading == {*days, extremes[1].replace(hour=0, minute=0, second=0, microsecond=0)}
    assert changed == by_index
    assert len(steps) == len(by_index)
    assert all(step.body["limit"] == 1 for step in steps)


async def test_the_first_sweep_reads_only_the_messages_of_the_last_day(behind: Behind, proxy: RulesProxy) -> None:
    async with behind() as keep:
        runtime = keep.runtime
        await make_messages(keep, (await make_thread(keep)).id, ["a"])
        sweeper = Sweeper(runtime.documents, runtime.appender.sequencer, every_seconds=1)
        await sweeper.sweep()
        await sweeper.sweep()

    since = [
        one.body["pipeline"][0]["$match"]["created_at"]["$gte"]
        for one in proxy.sent("aggregate", collection="messages")
    ]
    assert since[0] > now() - timedelta(days=2)
    assert since[-1] > now() - timedelta(hours=1)


async def test_an_export_keeps_no_cursor_open(behind: Behind, proxy: RulesProxy, tmp_path: Path) -> None:
    async with behind(tuning=Tuning(export_page_rows=2)) as keep:
        for _ in range(5):
            await make_user(keep)
            await make_messages(keep, (await make_thread(keep)).id, ["a", "b"])
        by_index = with_documents(keep, replace(keep.runtime.documents, sorts_by_index=True))
        proxy.commands.clear()
        report = await export(by_index, tmp_path / "all.jsonl")
        pages = [len(proxy.sent("find", collection=name)) for name in ("users", "threads")]
        left_open = proxy.sent("getMore")
        in_one = await export(keep, tmp_path / "in one.jsonl")

    assert (report.threads, report.messages) == (5, 10)
    assert (in_one.users, in_one.threads, in_one.messages) == (report.users, 5, 10)
    assert pages[0] == report.users // 2 + 1
    assert left_open == []
    lines = [(tmp_path / name).read_text().splitlines()[1:] for name in ("all.jsonl", "in one.jsonl")]
    assert lines[0] == lines[1]


def with_documents(keep: Threadkeep, documents: Documents) -> Any:
    """Return a stand-in for the Threadkeep whose runtime has these documents."""

    class Keep:
        runtime = replace(keep.runtime, documents=documents)

    return Keep()


PIPELINES = {"contributions": contributions} | {name: question.pipeline for name, question in QUESTIONS.items()}


@pytest.mark.parametrize("pipeline", PIPELINES.values(), ids=PIPELINES)
def test_no_set_of_all_threads_or_users_is_collected_in_one_document(pipeline: Any) -> None:
    """A document holds at most 16 MB, which are the ids of about 400,000 threads."""
    known: dict[str, Any] = {"deleted": [], "unit": "day", "zone": "UTC", "limit": 1, "key": "a"}
    values = {name: known.get(name, now()) for name in inspect.signature(pipeline).parameters}
    stages = str(pipeline(**values))

    for field in ("$thread_id", "$owner_id", "$senders", "$user_id"):
        assert f"'$addToSet': '{field}'" not in stages


async def test_rollups_find_the_days_by_index_or_by_reading(behind: Behind) -> None:
    async with behind() as keep:
        await make_messages(keep, (await make_thread(keep)).id, ["a"])
        for by_index in (True, False):
            report = await Rollups(replace(keep.runtime.documents, sorts_by_index=by_index)).rebuild()

            assert report is not None
            assert report.days == 1
