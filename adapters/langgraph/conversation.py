"""The thread in which the messages of a graph's state stand as an ordinary conversation.

A list of messages in the state is kept as the numbers of these messages: `[[first, last], …]`. So a checkpoint of a long
conversation takes no more space than that of a short one, and people and other frameworks read the conversation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...errors import IdTaken
from ..histories import source_key
from ..rows import batches_of
from .message_names import MessageNames
from .messages import foreign_messages, groups_of, messages_of, rows_of_message, source_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage
    from langgraph.checkpoint.serde.base import SerializerProtocol

    from ...inputs import MessageInput
    from ...records import MessageRecord
    from ..histories import Foreign, Own
    from ..threads import SessionThread

Ranges = list[list[int]]
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Read:
    """A conversation as it was read."""

    records: list[MessageRecord]
    groups: list[Own | Foreign]
    """The same messages as sources of LangGraph, and the messages of other programs between them."""


@dataclass(slots=True)
class Known:
    """The messages of a graph that are known to be stored."""

    thread_id: str | None = None
    """The thread of these messages."""
    numbers: dict[str, tuple[int, int]] = field(default_factory=dict)
    """The first and the last number of each message, by its name."""

    def note(self, records: Sequence[MessageRecord]) -> bool:
        """Note stored messages. Returns False if they are in another thread: another program deleted the known one."""
        for record in records:
            if self.thread_id not in (None, record.thread_id):
                return False
            self.thread_id = record.thread_id
            if source_key(record) == "langgraph":
                kept: dict[str, Any] = record.item["framework"]
                self.numbers[record.client_id] = record.seq, record.seq + kept.get("rows", 1) - 1
        return True


class GraphMessages:
    """The conversation of one LangGraph thread."""

    def __init__(self, thread: SessionThread, serde: SerializerProtocol) -> None:
        self.thread = thread
        self._serde = serde
        self._names = MessageNames(serde)
        self._known: Known | None = None
        """None until the thread was read. Several runs of a graph may use it at once, and each keeps the object it began with."""
        self._foreign: dict[str | None, tuple[BaseMessage, int, int]] = {}
        """Messages of other programs by their id, with their first and last numbers."""

    async def numbers(self, messages: Sequence[BaseMessage]) -> Ranges:
        """The numbers of these messages, in order. Messages that are not stored yet are appended."""
        for last_try in range(_TRIES, 0, -1):
            if self._known is None:
                await self.read()
            try:
                ranges = await self._stored(messages, self._known or Known())
            except IdTaken:  # another process stored some of them meanwhile
                if last_try == 1:
                    raise
                ranges = None
            if ranges is not None:
                return ranges
            self._known = None
        raise AssertionError

    async def read(self) -> Read:
        """All stored messages."""
        records = await self.thread.records()
        self._known = Known()  # a new one: messages that were deleted meanwhile are forgotten
        self._known.note(records)
        groups = groups_of(records)
        self._foreign = {found[0].id: found for found in foreign_messages(groups)}
        return Read(records, groups)

    async def all_messages(self) -> list[BaseMessage]:
        """The whole conversation."""
        return messages_of((await self.read()).groups, self._serde)

    def messages(self, ranges: Ranges, read: Read) -> list[BaseMessage]:
        """The messages with these numbers. Messages that were deleted since are left out."""
        by_number = {record.seq: record for record in read.records}
        found: list[BaseMessage] = []
        for first, last in ranges:
            chosen = [by_number[number] for number in range(first, last + 1) if number in by_number]
            groups = read.groups if len(chosen) == len(read.records) else groups_of(chosen)
            found += messages_of(groups, self._serde)
        return found

    async def _stored(self, messages: Sequence[BaseMessage], known: Known) -> Ranges | None:
        """The numbers of these messages. Unknown messages are appended and noted. None if the known ones were deleted."""
        names = [self._names.of(message) for message in messages]
        new: dict[str, list[MessageInput]] = {}
        for message, name in zip(messages, names, strict=True):
            if name not in known.numbers and name not in new and self._place_of_others(message) is None:
                new[name] = rows_of_message(message, source_of(message, self._serde))
        for batch in batches_of(new.values()):
            if not known.note(await self.thread.append(batch)):
                return None
        ranges: Ranges = []
        for message, name in zip(messages, names, strict=True):
            first, last = self._place_of_others(message) or known.numbers[name]
            if ranges and ranges[-1][1] == first - 1:
                ranges[-1][1] = last
            else:
                ranges.append([first, last])
        return ranges

    def _place_of_others(self, message: BaseMessage) -> tuple[int, int] | None:
        """The first and last number of a message that another program wrote and the graph did not change."""
        known = self._foreign.get(message.id)
        return None if known is None or known[0] != message else known[1:]
