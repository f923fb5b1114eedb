"""The report of an import: its counts, and the threads and users that were refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .conversations import LeftOut

MOST_NOTES = 1000
_LONGEST = 2000
"""The most characters of a location, of a reason and of a note."""
_MAX_IGNORED = 100


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
    """The counts of an import. The `…_present` fields count equal documents that existed already and stay unchanged.

    The report of a dry run counts the documents that an import would write.
    """

    dry_run: bool = False
    conversations: int = 0
    """The conversations of other programs in the files. Each becomes a thread, and with its branches more than one."""
    users: int = 0
    threads: int = 0
    messages: int = 0
    users_present: int = 0
    threads_present: int = 0
    messages_present: int = 0
    threads_grown: int = 0
    """Threads that existed and got messages. `messages` counts the new ones, and `messages_present` the older ones."""
    threads_replaced: int = 0
    """Threads that took another path, as the file has it. The messages of the earlier path became branches."""
    left_out: Counter[LeftOut] = field(default_factory=Counter)
    """The messages that were left out, by reason."""
    conversations_empty: int = 0
    """Conversations without a message to store. They become no threads."""
    times_inferred: int = 0
    """Messages for which the file has no time. They have the time of the message before."""
    characters_replaced: int = 0
    """Characters that are no valid Unicode. U+FFFD stands in their place."""
    files_referenced: int = 0
    """Files that messages name. Their content is not imported."""
    files_ignored: list[str] = field(default_factory=list)
    """The first 100 files of folders and zip files that hold no conversations."""
    notes: list[str] = field(default_factory=list)
    """The first 1,000 things that the owner of the files should know, each with its location."""
    formats: list[str] = field(default_factory=list)
    """The formats of the files, in the order in which they were read."""
    problem_count: int = 0
    problems: list[RefusedEntry] = field(default_factory=list)
    """The first 1,000 refusals; `problem_count` counts all. The import stored everything else."""

    def counts(self) -> dict[str, Any]:
        """All counts, with their names."""
        left_out = {str(reason): count for reason, count in self.left_out.items() if count}
        lists = ("notes", "problems", "left_out")
        return {name: value for name, value in asdict(self).items() if name not in lists} | {"left_out": left_out}

    def refuse(self, location: str, reason: str, thread_id: str | None = None) -> None:
        """Add a refusal."""
        self.problem_count += 1
        if len(self.problems) < MOST_NOTES:
            self.problems.append(RefusedEntry(location[:_LONGEST], reason[:_LONGEST], thread_id))

    def note(self, location: str, text: str) -> None:
        """Add a note."""
        if len(self.notes) < MOST_NOTES:
            self.notes.append(f"{location[:_LONGEST]}: {text[:_LONGEST]}")

    def ignore(self, name: str) -> None:
        """Add a file that holds no conversations."""
        if len(self.files_ignored) < _MAX_IGNORED:
            self.files_ignored.append(name[:_LONGEST])
