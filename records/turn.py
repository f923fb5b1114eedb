"""The record of a committed turn."""

from __future__ import annotations

from .message import MessageRecord
from .record import Record
from .thread import ThreadRecord


class TurnRecord(Record):
    """A thread and the messages that were stored together with the change of the thread."""

    object: str
    """`thread.turn`."""
    thread: ThreadRecord
    messages: list[MessageRecord]

    __slots__ = ()

    @classmethod
    def of(cls, thread: ThreadRecord, messages: list[MessageRecord]) -> TurnRecord:
        """The record of a thread after a turn, and the messages of the turn."""
        return cls(object="thread.turn", thread=thread, messages=messages)
