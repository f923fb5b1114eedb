"""A step or a row that fails stops no other work of a sweep. Failures are logged and counted, and the next sweep tries again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pymongo.errors import AutoReconnect, NetworkTimeout, OperationFailure

from threadkeep.clock import now
from threadkeep.services.maintenance import sweeper as sweeper_module
from threadkeep.services.maintenance.failures import Failures
from threadkeep.tests.factories import make_thread, make_user
from threadkeep.tests.services.maintenance.sweeping import make_everything_older, new_sweeper
from threadkeep.tests.waiting import until

if TYPE_CHECKING:
    from threadkeep.keep import Threadkeep
    from threadkeep.services import Sweeper

STEPS = {
    "_purge_threads": "purge threads",
    "_complete_purges": "complete purges",
    "_erase_users": "erase users",
    "_complete_deletions": "complete deletions",
    "_complete_batches": "complete batches",
    "_clean_up_commits": "clean up commits",
    "_update_summaries": "update summaries",
    "_remove_placeholders": "remove placeholders",
}
ERRORS = [ValueError(), KeyError("last_seq"), OperationFailure("no", 2), NetworkTimeout(), AutoReconnect()]


@pytest.fixture
def keep(keep_in_memory: Threadkeep) -> Threadkeep:
    return keep_in_memory


def watch(sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch, failing: str, error: Exception) -> list[str]:
    """Let one step fail. Returns the list of the steps that are done."""
    done: list[str] = []

    def step(name: str) -> Any:
        async def run(*_: object) -> None:
            if name == failing:
                raise error
            done.append(name)

        return run

    for name in STEPS:
        monkeypatch.setattr(sweeper, name, step(name))
    return done


@pytest.mark.parametrize("failing", STEPS)
async def test_a_step_that_fails_stops_no_other(
    keep: Threadkeep, monkeypatch: pytest.MonkeyPatch, failing: str, caplog: pytest.LogCaptureFixture
) -> None:
    for error in ERRORS:
        sweeper, failures = new_sweeper(keep), Failures()
        monkeypatch.setattr(sweeper, "_failures", failures)
        done = watch(sweeper, monkeypatch, failing, error)

        await until(sweeper.sweep)  # the lease of the one before may last to the end of this millisecond

        assert done == [name for name in STEPS if name != failing]
        assert failures.counts == {f"sweeper: {STEPS[failing]}": 1}
        assert f"error={type(error).__name__}" in caplog.messages[-1]


async def test_messages_are_looked_at_again_after_their_step_failed(
    keep: Threadkeep, monkeypatch: pytest.MonkeyPatch
) -> None:
    leases = keep.runtime.documents.leases
    for failing, kept in (("_erase_users", True), ("_update_summaries", False)):
        await leases.find_all().delete()
        sweeper = new_sweeper(keep)
        watch(sweeper, monkeypatch, failing, ValueError())

        await sweeper.sweep()
        lease: Any = await leases.get_pymongo_collection().find_one({"_id": "sweeper"})

        assert ("watermark" in lease) is kept
        assert lease["until"] <= now()


async def test_a_database_that_does_not_answer_postpones_the_sweep(
    keep: Threadkeep, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweeper = new_sweeper(keep)
    done = watch(sweeper, monkeypatch, "_purge_threads", AutoReconnect())

    async def gone() -> None:
        raise AutoReconnect

    async def answers_once() -> Any:
        monkeypatch.setattr(sweeper, "_database_time", gone)
        return now()

    monkeypatch.setattr(sweeper, "_database_time", answers_once)

    with pytest.raises(AutoReconnect):
        await sweeper.sweep()
    assert done == []


async def test_a_row_that_fails_stops_no_other(keep: Threadkeep, monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread of three cannot be purged, one user of two not be erased."""
    documents = keep.runtime.documents
    threads = [await make_thread(keep) for _ in range(3)]
    users = [await make_user(keep) for _ in range(2)]
    for thread in threads:
        await documents.threads.update_one({"_id": thread.id}, {"$set": {"deleted_at": now(), "participant_ids": []}})
    for user in users:
        await documents.users.get_pymongo_collection().update_one({"_id": user.id}, {"$set": {"deleted_at": now()}})
    bad = {threads[0].id, users[0].id}
    for name in ("purge", "erase"):
        work = getattr(sweeper_module, name)

        async def failing(found: Any, key: str, *rest: Any, work: Any = work, **named: Any) -> None:
            if key in bad:
                raise ValueError
            await work(found, key, *rest, **named)

        monkeypatch.setattr(sweeper_module, name, failing)
    await make_everything_older(documents)
    sweeper, failures = new_sweeper(keep), Failures()
    monkeypatch.setattr(sweeper, "_failures", failures)

    assert await sweeper.sweep()

    assert await documents.threads.distinct("_id", {"_id": {"$in": [thread.id for thread in threads]}}) == [
        threads[0].id
    ]
    assert await documents.users.find({"_id": {"$in": [user.id for user in users]}}).count() == 1
    assert failures.counts == {"sweeper: purge thread": 1, "sweeper: erase user": 1}


async def test_any_error_leaves_the_sweeper_running(keep: Threadkeep, monkeypatch: pytest.MonkeyPatch) -> None:
    sweeper, failures, tries = new_sweeper(keep), Failures(), []
    monkeypatch.setattr(sweeper, "_failures", failures)

    class Stopped(BaseException):
        pass

    async def broken() -> None:
        tries.append(1)
        raise ValueError if len(tries) < 3 else Stopped

    monkeypatch.setattr(sweeper, "sweep", broken)

    with pytest.raises(Stopped):
        await sweeper.run()
    assert failures.counts == {"sweeper": 2}
