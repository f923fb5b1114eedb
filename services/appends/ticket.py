"""A ticket: one append that waits in the lane of its thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    from ...documents import MessageRow


@dataclass(slots=True)
class Job:
    """Work on a thread that waits in its lane and runs alone. `work` returns the newest number of the thread after it."""

    work: Callable[[], Awaitable[int]]
    done: asyncio.Future[None]
    error: BaseException | None = None
    """Why it failed."""

    can_share_insert: ClassVar[bool] = False

    @property
    def stored(self) -> asyncio.Future[None]:
        """The future that the caller awaits."""
        return self.done

    def succeed(self) -> None:
        """Let the caller go on, if it still waits."""
        if not self.done.done():
            self.done.set_result(None)

    def fail(self, error: BaseException) -> None:
        """Raise the error in the caller, if it still waits."""
        self.error = error
        if not self.done.done():
            self.done.set_exception(error)


@dataclass(slots=True)
class Ticket:
    """One append: the rows that are stored together, and the future that its caller awaits."""

    rows: list[MessageRow]
    expected_seq: int | None
    stored: asyncio.Future[list[MessageRow]]
    error: BaseException | None = None
    """Why it failed."""

    @property
    def can_share_insert(self) -> bool:
        """Whether this is one message without a condition: it may be inserted together with other tickets."""
        return self.expected_seq is None and len(self.rows) == 1

    def succeed(self) -> None:
        """Give the rows to the caller, if it still waits."""
        if not self.stored.done():
            self.stored.set_result(self.rows)

    def fail(self, error: BaseException) -> None:
        """Raise the error in the caller, if it still waits."""
        self.error = error
        if not self.stored.done():
            self.stored.set_exception(error)
