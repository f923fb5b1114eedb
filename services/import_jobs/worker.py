"""Runs imports in the background, one at a time in each process. A lease ensures that no two processes run the same one."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from pymongo.errors import PyMongoError

from ...clock import epoch_milliseconds
from ...errors import ThreadkeepError, Unavailable
from ...ids import new_id
from ...log_events import log_events
from ..audit_trail import add_audit_entry
from ..caller import Caller, RequestIds
from ..maintenance import cancel_tasks
from .store import ImportJobs

if TYPE_CHECKING:
    from ...documents import AuditOutcome
    from ..maintenance import Failures
    from ..runtime import Runtime

MOST_ATTEMPTS = 5
"""If the process of an import ends this often, the import is given up: it may be the cause."""
_INTERRUPTED = "the process that ran the import ended five times; import the file in parts"
_INCOMPLETE = "the file is not there any more; send it again"
_log = log_events(__name__)


class ImportProgress:
    """How far an import is. The import writes it, and the worker stores it."""

    def __init__(self) -> None:
        self.done = 0
        self.total = 0
        self.show: Callable[[], dict[str, Any]] = dict
        """Gives the report so far."""
        self.error: str | None = None
        """Why nothing was imported, if nothing was."""


RunImport = Callable[["Runtime", dict[str, Any], Path, ImportProgress], Awaitable[None]]
"""Imports the file at a path for a job, and writes the progress. Raises an error of Threadkeep if the file cannot be read."""


class ImportWorker:
    """Looks for imports at an interval, and at once when this process accepted one."""

    def __init__(
        self, runtime: Runtime, run: RunImport, *, every_seconds: float, failures: Failures, lease_seconds: float = 30
    ) -> None:
        self._runtime = runtime
        self._run = run
        self._every = every_seconds
        self._lease = lease_seconds
        self._failures = failures
        self._jobs = ImportJobs(runtime.documents)
        self._holder = new_id("process")

    async def run(self) -> None:
        """Run imports until cancelled."""
        while True:
            try:
                await self._jobs.remove_abandoned()
                while await self.work():
                    pass
            except PyMongoError as error:  # the database is unavailable: the next round tries again
                _log.info("imports_postponed", reason=type(error).__name__)
            except Exception as error:  # noqa: BLE001 - no failure ends the worker
                self._failures.add("imports", error)
            self._runtime.imports_waiting.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._runtime.imports_waiting.wait(), self._every)

    async def work(self) -> bool:
        """Run the next import. Returns False if there is none."""
        job = await self._jobs.claim(self._holder, self._lease)
        if job is None:
            return False
        progress = ImportProgress()
        running = asyncio.ensure_future(self._import(job, progress))
        renewing = asyncio.ensure_future(self._renew(job, progress))
        try:
            await asyncio.wait((running, renewing), return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                await running
        except asyncio.CancelledError:
            await cancel_tasks((running, renewing))
            with suppress(PyMongoError):  # else the lease ends by itself
                await self._jobs.release(job)
            raise
        finally:
            await cancel_tasks((running, renewing))
        return True

    async def _renew(self, job: dict[str, Any], progress: ImportProgress) -> None:
        """Renew the lease, and store the progress. Returns when the job is gone: it was deleted, or another process has it."""
        pause = min(1.0, self._lease / 4)
        while True:
            await asyncio.sleep(pause)
            stored = {"done": progress.done, "total": progress.total, "report": progress.show()}
            with suppress(PyMongoError):  # the database is away: the lease lasts for some more time
                if not await self._jobs.renew(job, self._lease, **stored):
                    return

    async def _import(self, job: dict[str, Any], progress: ImportProgress) -> None:
        if job["attempts"] > MOST_ATTEMPTS:
            await self._finish(job, progress, _INTERRUPTED)
            return
        try:
            with tempfile.TemporaryFile() as file:
                size = await self._jobs.write_file(job, file)
                file.flush()
                if size != job["size"]:
                    await self._finish(job, progress, _INCOMPLETE)
                    return
                await self._run(self._runtime, job, _path_of(file), progress)
        except Unavailable:  # the database is away: the lease ends, and the next process continues
            _log.info("import_postponed", import_id=job["_id"])
            return
        except ThreadkeepError as error:
            await self._finish(job, progress, str(error))
            return
        except (OSError, MemoryError) as error:
            await self._finish(job, progress, f"the file could not be read here: {error}")
            return
        await self._finish(job, progress, progress.error)

    async def _finish(self, job: dict[str, Any], progress: ImportProgress, error: str | None) -> None:
        if not job["options"].get("dry_run"):
            ids = RequestIds(job["_id"], epoch_milliseconds(job["created_at"]))
            caller = Caller(job["scope"], job["user_id"], job["key_prefix"], request_ids=ids)
            outcome: AuditOutcome = "failed" if error is not None else "done"
            await add_audit_entry(self._runtime, caller, "data.imported", job["_id"], outcome=outcome)
        await self._jobs.finish(job, error=error, report=progress.show(), done=progress.done, total=progress.total)


def _path_of(file: IO[bytes]) -> Path:
    """The path of an open file that has no name: a killed process leaves nothing behind."""
    return Path(f"/proc/self/fd/{file.fileno()}" if Path("/proc/self/fd").exists() else f"/dev/fd/{file.fileno()}")
