"""What an import did."""

from __future__ import annotations

from dataclasses import dataclass, field

_KEPT_PROBLEMS = 1000


@dataclass(frozen=True, slots=True)
class Refusal:
    """What of a file could not be imported, where it stands there, and why."""

    place: str
    reason: str
    thread_id: str | None = None

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass(slots=True)
class ImportReport:
    """What an import did; what was `…_present` was there already, just so, and was left alone."""

    users: int = 0
    threads: int = 0
    messages: int = 0
    users_present: int = 0
    threads_present: int = 0
    messages_present: int = 0
    problem_count: int = 0
    problems: list[Refusal] = field(default_factory=list)
    """The first thousand of what could not be imported; everything else was."""

    def refuse(self, place: str, reason: str, thread_id: str | None = None) -> None:
        """Count a problem."""
        self.problem_count += 1
        if len(self.problems) < _KEPT_PROBLEMS:
            self.problems.append(Refusal(place, reason, thread_id))
