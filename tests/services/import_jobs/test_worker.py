"""Imports of killed processes, of erased users, and of processes that stop."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.clock import EPOCH
from threadkeep.errors import ImportNotFound, InvalidInput, TooManyImports, Unavailable
from threadkeep.services import Caller, ImportJobs, ImportWorker, insert_threads
from threadkeep.services.import_jobs import worker as worker_module
from threadkeep.services.maintenance import Failures
from threadkeep.tests.transfer.importer.formats.chatgpt_export import line
from threadkeep.tests.waiting import until
from threadkeep.transfer import run_import_job
from threadkeep.transfer.importer.writing import short_threads

if TYPE_CHECKING:
    from pathlib import Path

    from threadkeep.keep import Threadkeep
    from threadkeep.services import ImportProgress, Runtime

FILE = json.dumps([line(("user", "Hi"), conversation_id=f"chat-{number}") for number in range(3)]).encode()


@pytest.fixture
def keep(shared_keep: Threadkeep) -> Threadkeep:
    return shared_keep


def worker(keep: Threadkeep, run: Any = run_import_job, lease_seconds: float = 0.4) -> ImportWorker:
    return ImportWorker(keep.runtime, run, every_seconds=30, failures=Failures(), lease_seconds=lease_seconds)


async def end_lease(keep: Threadkeep, job_id: str) -> None:
    """Let the time pass that a killed process still holds its import."""
    lost = {"$set": {"locked_until": EPOCH}}
    await keep.runtime.documents.import_jobs.update_one({"_id": job_id, "state": "running"}, lost)


async def killed(runtime: Runtime, job: dict[str, Any], path: Path, progress: ImportProgress) -> None:
    """An import whose process is killed when it has written everything: its lease ends, and nothing else is stored."""
    await run_import_job(runtime, job, path, progress)
    raise Unavailable


async def test_an_import_of_a_killed_process_is_done_by_another_one(keep: Threadkeep) -> None:
    job = await keep.import_service.create_import(FILE)

    assert await worker(keep, killed, lease_seconds=600).work()
    assert not await worker(keep).work()  # the lease of the killed process lasts
    await end_lease(keep, job.id)
    assert await worker(keep).work()
    done = await keep.import_service.get_import(job.id)

    assert (done.state, done.report["threads"], done.report["threads_present"]) == ("done", 0, 3)
    assert await keep.runtime.documents.threads.count_documents({}) == 3
    assert await keep.runtime.documents.import_chunks.count_documents({}) == 0


async def test_an_import_that_ends_its_process_again_and_again_is_given_up(keep: Threadkeep) -> None:
    job = await keep.import_service.create_import(FILE)
    for _ in range(worker_module.MOST_ATTEMPTS + 1):
        await end_lease(keep, job.id)
        assert await worker(keep, killed).work()
    found = await keep.import_service.get_import(job.id)

    assert (found.state, found.error) == (
        "failed",
        "the process that ran the import ended five times; import the file in parts",
    )


async def test_a_worker_that_stops_gives_its_import_back(keep: Threadkeep) -> None:
    job = await keep.import_service.create_import(FILE)
    begun = asyncio.Event()

    async def endless(*_: Any) -> None:
        begun.set()
        await asyncio.sleep(60)

    running = asyncio.create_task(worker(keep, endless).work())
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    waiting = await keep.import_service.get_import(job.id)
    await worker(keep).work()

    assert waiting.state == "waiting"
    assert (await keep.import_service.get_import(job.id)).state == "done"


@pytest.mark.parametrize("how", ["deleted", "its user is erased"])
async def test_an_import_stops_when_it_is_gone(keep: Threadkeep, how: str) -> None:
    user = await keep.user_service.create_user()
    services = keep.acting_as(Caller("user", user.id, "tk_00000000"))
    job = await services.import_service.create_import(FILE)
    stopped = asyncio.Event()

    async def endless(*_: Any) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()

    running = asyncio.create_task(worker(keep, endless).work())
    await asyncio.sleep(0)
    if how == "deleted":
        await services.import_service.delete_import(job.id)
    else:
        await keep.user_service.delete_user(user.id)
    await running

    with pytest.raises(ImportNotFound):
        await keep.import_service.get_import(job.id)
    assert await keep.runtime.documents.import_chunks.count_documents({}) == 0


async def test_an_erasure_during_the_last_write_leaves_no_thread(
    keep: Threadkeep, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await keep.user_service.create_user()
    await keep.acting_as(Caller("user", user.id, "tk_00000000")).import_service.create_import(FILE)

    async def insert_after_the_erasure(*arguments: Any) -> Any:
        await keep.user_service.delete_user(user.id)
        return await insert_threads(*arguments)

    monkeypatch.setattr(short_threads, "insert_threads", insert_after_the_erasure)
    await worker(keep).work()

    async def is_gone() -> bool:
        return await keep.runtime.documents.threads.count_documents({"deleted_at": None}) == 0

    await until(is_gone)  # a worker that stops lets the erasure end by itself


async def test_a_caller_has_a_limited_number_of_unfinished_imports(keep: Threadkeep) -> None:
    user = await keep.user_service.create_user()
    service = keep.acting_as(Caller("user", user.id, "tk_00000000")).import_service
    for _ in range(keep.runtime.limits.max_imports):
        await service.create_import(FILE)

    with pytest.raises(TooManyImports, match="3 imports are not finished"):
        await service.create_import(FILE)
    while await worker(keep).work():
        pass
    assert (await service.create_import(FILE)).state == "waiting"


async def test_an_upload_that_breaks_leaves_nothing_behind(keep: Threadkeep) -> None:
    jobs = ImportJobs(keep.runtime.documents)
    await jobs.begin("import_x", Caller("admin"), {})
    await keep.runtime.documents.import_jobs.update_one({"_id": "import_x"}, {"$set": {"updated_at": EPOCH}})

    await jobs.remove_abandoned()
    with pytest.raises(InvalidInput, match="must be the path of a file, or its bytes"):
        await keep.import_service.create_import(7)  # type: ignore[arg-type]

    assert await keep.runtime.documents.import_jobs.count_documents({}) == 0
