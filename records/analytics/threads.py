"""Records about threads."""

from __future__ import annotations

from ..record import Record


class ThreadLength(Record):
    """The number of threads with at least `at_least` messages, and fewer than in the next row."""

    at_least: int
    threads: int
    share: float | None

    __slots__ = ()


class ThreadDuration(Record):
    """The number of threads that lasted at least `at_least_seconds`, and less than in the next row."""

    at_least_seconds: int
    threads: int
    share: float | None

    __slots__ = ()


class DropOff(Record):
    """The number of threads of one length, and how many of them end with a user message."""

    at_least: int
    threads: int
    unanswered: int
    share: float | None

    __slots__ = ()


class Unanswered(Record):
    """A thread whose last message is from a user."""

    thread_id: str
    owner_id: str | None
    waiting_since: str
    question: str

    __slots__ = ()


class LongThread(Record):
    """A thread with its number of messages."""

    thread_id: str
    owner_id: str | None
    message_count: int
    created_at: str
    last_message_at: str | None

    __slots__ = ()


class BusyThread(Record):
    """A thread with its number of messages in the period."""

    thread_id: str
    owner_id: str | None
    messages: int
    days: int

    __slots__ = ()


class SimilarQuestions(Record):
    """First questions that consist of the same words."""

    example: str
    threads: int
    owners: int

    __slots__ = ()
