"""Runs an import that came through the API, with the rights of its caller."""

from __future__ import annotations

import asyncio
from datetime import UTC
from typing import TYPE_CHECKING, Any

from ...services import erase_missing
from .importer import ImportRun
from .reading import SERVICE_BOUNDS
from .rights import ImportRights

if TYPE_CHECKING:
    from pathlib import Path

    from ...services import ImportProgress, Runtime
    from .importer import ImportOptions
    from .report import ImportReport

_SHOWN = 100
_LONGEST = 500


async def run_import_job(runtime: Runtime, job: dict[str, Any], path: Path, progress: ImportProgress) -> None:
    """Import the file of a job. If nothing of it can be imported, the progress has the reason as its `error`."""
    stored, user_id = job["options"], job["user_id"]
    options: ImportOptions = {
        # The same time whenever the job runs again, so that ids which follow from times are the same.
        "at": (stored.get("at") or job["created_at"]).replace(tzinfo=UTC),
        "branches": stored.get("branches", "active"),
        "update": stored.get("update", False),
        "dry_run": stored.get("dry_run", False),
        "owner_id": user_id or stored.get("owner_id"),
        "on_progress": lambda done, total: _note(progress, done, total),
    }
    rights = ImportRights(user_id, creates_users=job["scope"] == "admin")
    work = await asyncio.to_thread(  # the list of a large zip file takes seconds
        ImportRun,
        runtime,
        path,
        rights=rights,
        most_unpacked=runtime.limits.max_import_unpacked_bytes,
        bounds=SERVICE_BOUNDS,
        are_named=False,  # the file of the caller has no name here
        **options,
    )
    report = work.report
    progress.show = lambda: shown(report)
    named = [name for name in (user_id, stored.get("owner_id")) if name is not None]
    try:
        await work.run()
    finally:  # also if the job was deleted because its user is erased: a last write of this import may have come after the erasure
        await asyncio.shield(erase_missing(runtime.documents, named))
    progress.done = progress.total  # files without conversations were not read
    is_refused = report.problem_count and not (report.threads or report.threads_present or report.threads_grown)
    progress.error = str(report.problems[0]) if is_refused else None


def _note(progress: ImportProgress, done: int, total: int) -> None:
    progress.done, progress.total = done, total


def shown(report: ImportReport) -> dict[str, Any]:
    """The report as a job stores it: all counts, and the first 100 problems and notes."""
    problems = [
        {"location": one.location[:_LONGEST], "reason": one.reason[:_LONGEST], "thread_id": one.thread_id}
        for one in report.problems[:_SHOWN]
    ]
    return {**report.counts(), "problems": problems, "notes": [note[:_LONGEST] for note in report.notes[:_SHOWN]]}
