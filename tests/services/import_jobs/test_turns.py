"""The order of waiting imports is fair between their owners."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.clock import now
from threadkeep.services import Caller, ImportJobs

if TYPE_CHECKING:
    from threadkeep.keep import Threadkeep

MIB = 1024 * 1024


@pytest.fixture
def keep(shared_keep: Threadkeep) -> Threadkeep:
    return shared_keep


async def add(keep: Threadkeep, name: str, owner: str, size: int = 1, age: int = 10, **fields: Any) -> None:
    """Store a job of this size that was sent so many seconds ago."""
    jobs = ImportJobs(keep.runtime.documents)
    await jobs.begin(name, Caller("user", owner, "tk_00000000"), {})
    values = {"state": "waiting", "size": size, "created_at": now() - timedelta(seconds=age), **fields}
    await keep.runtime.documents.import_jobs.update_one({"_id": name}, {"$set": values})


async def order(keep: Threadkeep, *, finishes: bool = True) -> list[str]:
    """The jobs in the order in which workers get them. Each ends before the next one begins, or none ends."""
    jobs = ImportJobs(keep.runtime.documents)
    found = []
    while (job := await jobs.claim("process_x", 30)) is not None:
        found.append(job["_id"])
        if finishes:
            await jobs.finish(job, error=None, report={}, done=1, total=1)
    return found


async def test_jobs_of_one_owner_run_in_their_order(keep: Threadkeep) -> None:
    for age in (30, 20, 10):
        await add(keep, f"import_{40 - age}", "ada", age=age)

    assert await order(keep) == ["import_10", "import_20", "import_30"]


async def test_an_owner_of_whom_nothing_runs_comes_first(keep: Threadkeep) -> None:
    for number in range(3):
        await add(keep, f"import_ada{number}", "ada", age=100 - number)
    await add(keep, "import_bob", "bob")

    assert await order(keep, finishes=False) == ["import_ada0", "import_bob", "import_ada1", "import_ada2"]


async def test_a_small_file_passes_large_ones_and_large_ones_have_their_turn(keep: Threadkeep) -> None:
    await add(keep, "import_large", "ada", size=500 * MIB, age=100)
    await add(keep, "import_small", "bob")
    await add(keep, "import_old", "eve", size=500 * MIB, age=600)

    assert await order(keep) == ["import_old", "import_small", "import_large"]


async def test_an_owner_who_imported_much_lately_waits_for_others(keep: Threadkeep) -> None:
    ended: dict[str, Any] = {"state": "done", "finished_at": now()}
    await add(keep, "import_done", "ada", size=500 * MIB, **ended)
    await add(keep, "import_ada", "ada", age=20)
    await add(keep, "import_bob", "bob")

    assert await order(keep) == ["import_bob", "import_ada"]


async def test_imports_of_long_ago_do_not_count(keep: Threadkeep) -> None:
    ended: dict[str, Any] = {"state": "done", "finished_at": now() - timedelta(hours=2)}
    await add(keep, "import_done", "ada", size=500 * MIB, **ended)
    await add(keep, "import_ada", "ada", age=20)
    await add(keep, "import_bob", "bob")

    assert await order(keep) == ["import_ada", "import_bob"]
