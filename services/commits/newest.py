"""The newest messages of a thread, which a pop or a short cut reads once: for the cut, its count and the next preview."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..deletion import ranges_of, uncovered
from ..paging import newest_messages

if TYPE_CHECKING:
    from ...documents import Documents, MessageRow, ThreadRow
    from ..paging import PageSize
    from .commit import Commit

_LONGEST = 8
"""The most numbers of a cut whose messages are read. The messages of a longer cut are counted in the database."""
_MORE = 3
"""The messages below the cut that are read: one of them is probably the next preview."""


@dataclass(frozen=True, slots=True)
class Newest:
    """The messages that were read, the newest first, and whether the thread has no others."""

    rows: list[MessageRow] = field(default_factory=list)
    are_all: bool = False

    def count_above(self, seq: int) -> int | None:
        """How many messages have a higher number. None if not all of them were read."""
        found = self.below(seq)
        return len(self.rows) - len(found) if found or self.are_all else None

    def below(self, seq: int) -> list[MessageRow]:
        """The messages with this number or a lower one, the newest first."""
        return [row for row in self.rows if row["seq"] <= seq]

    def next_to(self, popped: int) -> int:
        """A number above which no message is shown except the popped one. 0 if the thread has no other message."""
        below = self.below(popped - 1)
        if below:
            return below[0]["seq"]
        return 0 if self.are_all else popped - 1


async def read_newest(documents: Documents, thread: ThreadRow, size: PageSize, commit: Commit) -> Newest:
    """The newest messages, if the commit pops or cuts few of them. Else none are read."""
    if commit.pops:
        length = 1
    elif commit.cut_after is not None:
        shown = uncovered(commit.cut_after, thread["last_seq"], ranges_of(thread))
        length = sum(high - low for low, high in shown)
    else:
        return Newest()
    if not 0 < length <= _LONGEST:
        return Newest()
    return Newest(*await newest_messages(documents, thread, size, length + _MORE))
