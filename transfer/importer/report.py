"""The report of an import: its counts, and the threads and users that were refused."""

from __future__ import annotations

from dataclasses import dataclass, field

_MAX_PROBLEMS = 1000


@dataclass(frozen=True, slots=True)
class RefusedEntry:
    """A thread, user or line that was not imported: its location in the file and the reason.

    `thread_id` is None if the refusal is not about a thread with a known id.
    """

    location: str
    reason: str
    thread_id: str | None = None

    def __str__(self) -> str:
        return f"{self.location}: {self.reason}"


@dataclass(slots=True)
class ImportReport:
    """The counts of an import. The `…_present` fields count equal documents that existed already and stay unchanged."""

    users: int = 0
    threads: int = 0
    messages: int = 0
    users_present: int = 0
    threads_present: int = 0
    messages_present: int = 0
    problem_count: int = 0
    problems: list[RefusedEntry] = field(default_factory=list)
    """The first 1,000 refusals; `problem_count` counts all. The import stored everything else."""

    def refuse(self, location: str, reason: str, thread_id: str | None = None) -> None:
        """Add a refusal."""
        self.problem_count += 1
        if len(self.problems) < _MAX_PROBLEMS:
            self.problems.append(RefusedEntry(location, reason, thread_id))
