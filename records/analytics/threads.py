"""Answers about threads."""

from __future__ import annotations

from ..record import Record


class ThreadLength(Record):
    """Threads with at least so many messages, and fewer than in the next row."""

    at_least: int
    threads: int
    share: float | None

    __slots__ = ()


class ThreadDuration(Record):
    """Threads that lasted at least so many seconds, and fewer than in the next row."""

    at_least_seconds: int
    threads: int
    share: float | None

    __slots__ = ()


class DropOff(Record):
    """Threads of a length, and those of them that end with a user's message."""

    at_least: int
    threads: int
    unanswered: int
    share: float | None

    __slots__ = ()


class Unanswered(Record):
    """A thread whose last message is a user's."""

    thread_id: str
    owner_id: str | None
    waiting_since: str
    question: str

    __slots__ = ()


class LongThread(Record):
    """A thread, by its number of messages."""

    thread_id: str
    owner_id: str | None
    message_count: int
    created_at: str
    last_message_at: str | None

    __slots__ = ()


class BusyThread(Record):
    """A thread, by what was said in it in the period."""

    thread_id: str
    owner_id: str | None
    messages: int
    days: int

    __slots__ = ()


class SimilarQuestions(Record):
    """First questions with the same words."""

    example: str
    threads: int
    owners: int

    __slots__ = ()
