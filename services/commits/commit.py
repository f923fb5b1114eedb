"""The writes of a commit, and its result."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ...documents import MessageRow, ThreadRow
    from ..deletion import Cut


@dataclass(slots=True)
class Commit:
    """The writes of a commit."""

    thread_id: str
    cut_id: str
    rows: list[MessageRow] = field(default_factory=list)
    fields_of: Callable[[ThreadRow], Awaitable[dict[str, Any]]] | None = None
    """Checks the rights to the thread as it was read, and returns the fields of the thread to set."""
    cut_after: int | None = None
    """All messages with higher numbers are cut. None cuts nothing."""
    pops: bool = False
    """Whether the newest message is cut."""
    may_pop: Callable[[ThreadRow, MessageRow], None] | None = None
    """Checks the right to pop this message."""
    expected_revision: int | None = None
    expected_seq: int | None = None


@dataclass(slots=True)
class Committed:
    """The thread after a commit, the messages that it stored, and the message that it popped."""

    thread: ThreadRow
    rows: list[MessageRow]
    popped: MessageRow | None = None
    cut: Cut | None = None
    mark: str | None = None
    waits_for_keys: bool = False
    """Whether new messages wait for the keys of cut ones (`finish` gives them)."""
    is_earlier: bool = False
    """Whether an earlier try had stored the messages. Then this one wrote nothing."""
