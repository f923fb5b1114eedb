"""A conversation as the readers of all formats give it, before it becomes a thread."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from .grouping import GroupBounds

if TYPE_CHECKING:
    from datetime import datetime

LeftOut = Literal["in branches", "hidden", "empty", "temporary", "unfinished", "unreadable"]
"""The reasons for which a message is left out."""


@dataclass(slots=True)
class SourceMessage:
    """A message in the stored form, made from any form in a file.

    `id` is its id in the file: unique in its conversation, and the same in the next export. If `id` is empty, an id is
    derived from position and text. `created_at` is the time as the file has it, in any form; None if the file has none.
    """

    id: str
    role: str
    content: str | list[dict[str, Any]] = ""
    type: str = "message"
    item: dict[str, Any] | None = None
    tool_calls: list[dict[str, Any]] | None = None
    tool_call_id: str | None = None
    tool_id: str | None = None
    created_at: Any = None
    attachments: list[dict[str, Any]] = field(default_factory=list)
    sender_id: str | None = None
    status: str | None = None
    run_id: str | None = None
    assistant_id: str | None = None
    meta_data: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    """Further fields of `MessageLine`."""

    @property
    def is_empty(self) -> bool:
        """Whether the message has no words, no files and no data."""
        item = self.item or {}
        held = item.get("summary") or item.get("content") if self.type == "reasoning" else item
        return not (self.content or self.attachments or held)


@dataclass(slots=True)
class Branch:
    """A path that leaves the main path, or another branch. It holds its own messages only.

    `after` is the id of the message behind which it begins. It is empty if the branch begins a conversation anew.
    """

    messages: list[SourceMessage]
    after: str = ""
    parent: Branch | None = None


@dataclass(slots=True)
class Conversation:
    """A conversation of a file.

    `key` is its id in the file. `messages` are those of the active path, in the order of the file, never in the order of
    their times.
    """

    key: str
    location: str
    messages: list[SourceMessage] = field(default_factory=list)
    title: str | None = None
    model: str | None = None
    created_at: Any = None
    updated_at: Any = None
    participant: str | None = None
    """The user of the source to whom the conversation belongs."""
    meta_data: dict[str, Any] = field(default_factory=dict)
    thread_fields: dict[str, Any] = field(default_factory=dict)
    """Further fields of `ThreadLine`."""
    branches: list[Branch] = field(default_factory=list)
    left_out: Counter[LeftOut] = field(default_factory=Counter)
    files_referenced: int = 0
    """The number of files that the conversation names and the source does not hold."""
    notes: list[str] = field(default_factory=list)
    is_list: bool = False
    """Whether the file may hold only a period of the conversation, because its format lists messages."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A conversation that cannot be read: its location, and why."""

    location: str
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """Information about a file that its owner needs."""

    location: str
    text: str


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How conversations are read. `at` is the time of messages for which the file has none."""

    at: datetime
    all_branches: bool = False
    group_bounds: GroupBounds = field(default_factory=GroupBounds)
    """The bounds of a conversation whose rows stand in many places."""
