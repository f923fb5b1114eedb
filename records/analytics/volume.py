"""Records about the amount of messages and stored bytes."""

from __future__ import annotations

from typing import Any

from ..record import Record


class Activity(Record):
    """The activity of the day, week or month from `start`."""

    start: str
    messages: int
    user_messages: int
    users: int
    threads: int

    __slots__ = ()


class MessagesOfDay(Record):
    """The messages of one role and assistant on one day."""

    day: str
    role: str
    assistant_id: str | None
    messages: int
    threads: int
    characters: int
    tool_calls: int

    __slots__ = ()


class ThreadsOfDay(Record):
    """The threads with a message on one day. `messages_each` is their mean number of messages."""

    day: str
    active_threads: int
    messages_each: float

    __slots__ = ()


class NewThreads(Record):
    """The threads that were created in the day, week or month from `start`."""

    start: str
    threads: int

    __slots__ = ()


class BusyHour(Record):
    """The messages of users in one hour of the week. `weekday` 1 is Monday."""

    weekday: int
    hour: int
    messages: int

    __slots__ = ()


class Growth(Record):
    """The messages and bytes of one month, and the sums since the start of the period."""

    month: str
    messages: int
    bytes: int
    owners: int
    messages_so_far: int
    bytes_so_far: int

    __slots__ = ()


class Storage(Record):
    """The messages and bytes that were stored for one owner in the period."""

    owner_id: str | None
    bytes: int
    messages: int
    threads: int

    __slots__ = ()


class MetadataValue(Record):
    """The threads with one value of a key of `meta_data`. Value null: threads without the key."""

    value: Any
    threads: int
    messages: int
    share: float | None

    __slots__ = ()
