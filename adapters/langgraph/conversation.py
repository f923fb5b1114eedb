"""The thread in which the messages of a graph's state stand as an ordinary conversation.

A list of messages in the state is kept as the numbers of these messages: `[[first, last], …]`. So a checkpoint of a long
conversation takes no more space than that of a short one, and people and other frameworks read the conversation.
"""

from __future__ import annotations

from dataclasses import dataclass
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
Numbers = dict[str, tuple[int, int]]
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Read:
    """A conversation as it was read."""

    records: list[MessageRecord]
    groups: list[Own | Foreign]
    """The same messages as sources of LangGraph, and what others wrote between them."""


class Conversation:
    """The conversation of one LangGraph thread."""

    def __init__(self, thread: SessionThread, serde: SerializerProtocol) -> None:
        self.thread = thread
        self._serde = serde
        self._names = MessageNames(serde)
        self._numbers: Numbers | None = None
        """The first and last number of each message by its name. None until the thread was read."""
        self._thread_id: str | None = None
        """The id of the thread in which these numbers are."""
        self._foreign: dict[str | None, tuple[BaseMessage, int, int]] = {}
        """Messages that others wrote, by their id, with their first and last numbers."""

    async def numbers(self, messages: Sequence[BaseMessage]) -> Ranges:
        """The numbers of these messages, in order. Messages that are not stored yet are appended."""
        for last_try in range(_TRIES, 0, -1):
            if self._numbers is None:
                await self.read()
            try:
                ranges = await self._stored(messages)
            except IdTaken:  # another process stored some of them meanwhile
                if last_try == 1:
                    raise
                ranges = None
            if ranges is not None:
                return ranges
            self._numbers = None
        raise AssertionError

    async def read(self) -> Read:
        """All stored messages."""
        records = await self.thread.records()
        self._numbers = _numbers_of(records)  # a new dict: messages that were deleted meanwhile are forgotten
        self._thread_id = records[0].thread_id if records else None
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

    async def _stored(self, messages: Sequence[BaseMessage]) -> Ranges | None:
        """The numbers of the messages. None if another program deleted the thread, so that known numbers are dead."""
        numbers = self._numbers = {} if self._numbers is None else self._numbers
        names = [self._names.of(message) for message in messages]
        new: dict[str, list[MessageInput]] = {}
        for message, name in zip(messages, names, strict=True):
            if name not in numbers and name not in new and self._place_of_others(message) is None:
                new[name] = rows_of_message(message, source_of(message, self._serde))
        for batch in batches_of(new.values()):
            stored = await self.thread.append(batch)
            if self._thread_id not in (None, stored[0].thread_id):
                return None
            self._thread_id = stored[0].thread_id
            numbers.update(_numbers_of(stored))
        ranges: Ranges = []
        for message, name in zip(messages, names, strict=True):
            first, last = self._place_of_others(message) or numbers[name]
            if ranges and ranges[-1][1] == first - 1:
                ranges[-1][1] = last
            else:
                ranges.append([first, last])
        return ranges

    def _place_of_others(self, message: BaseMessage) -> tuple[int, int] | None:
        """The first and last number of a message that others wrote and the graph did not change."""
        known = self._foreign.get(message.id)
        return None if known is None or known[0] != message else known[1:]


def _numbers_of(records: Sequence[MessageRecord]) -> Numbers:
    found: Numbers = {}
    for record in records:
        if source_key(record) == "langgraph":
            kept: dict[str, Any] = record.item["framework"]
            found[record.client_id] = (record.seq, record.seq + kept.get("rows", 1) - 1)
    return found
