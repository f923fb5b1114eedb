"""Answers about how much is said, and stored."""

from __future__ import annotations

from typing import Any

from ..record import Record


class Activity(Record):
    """A day, week or month, from `start`."""

    start: str
    messages: int
    user_messages: int
    users: int
    threads: int

    __slots__ = ()


class MessagesOfDay(Record):
    """What one role and assistant said on a day."""

    day: str
    role: str
    assistant_id: str | None
    messages: int
    threads: int
    characters: int
    tool_calls: int

    __slots__ = ()


class ThreadsOfDay(Record):
    """Threads with a message on a day."""

    day: str
    active_threads: int
    messages_each: float

    __slots__ = ()


class NewThreads(Record):
    """Threads that were made in the day, week or month from `start`."""

    start: str
    threads: int

    __slots__ = ()


class BusyHour(Record):
    """Messages of users in an hour of the week; 1 is Monday."""

    weekday: int
    hour: int
    messages: int

    __slots__ = ()


class Growth(Record):
    """What a month added, and what was added since the period began."""

    month: str
    messages: int
    bytes: int
    owners: int
    messages_so_far: int
    bytes_so_far: int

    __slots__ = ()


class Storage(Record):
    """What was stored for an owner in the period."""

    owner_id: str | None
    bytes: int
    messages: int
    threads: int

    __slots__ = ()


class MetadataValue(Record):
    """Threads with a value of a key of their metadata; null: without the key."""

    value: Any
    threads: int
    messages: int
    share: float | None

    __slots__ = ()
