"""Finds the direction of lists of messages. OpenAI lists the newest message first, and so do most files of its lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .times import time_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

T = TypeVar("T")

CUT_LIST = "the list was cut: `has_more` is true, so messages are missing"
ORDER_ASSUMED = "the times do not show the order of the messages, so it is assumed"
TIMES_FALL = "the times fall from message to message: if the file lists the newest message first, turn its list"


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """Messages of one list, in its order. `is_page` says that the list is an answer of OpenAI's API."""

    messages: Sequence[T]
    is_page: bool = False


def oldest_first(lists: Sequence[Listed[T]], fields: Callable[[T], Any]) -> tuple[list[T], bool]:
    """The messages of a thread, oldest first, and whether their order is assumed. `fields` gives the fields of a message.

    Lists are turned as a whole, never sorted, because times of messages may fall or be equal. They are turned until the
    times never fall. If all times are equal, the roles decide. If the roles do not decide, the order of OpenAI's API does.
    """
    whole = list(chain.from_iterable(one.messages for one in lists))
    times = times_of(map(fields, whole))
    if len(whole) < 2:  # noqa: PLR2004 - one message has no order
        return whole, False
    if len(set(times)) <= 1:
        reverse = _newest_first_by_role([*map(fields, whole)], is_page=any(one.is_page for one in lists))
        return (whole[::-1] if reverse else whole), True
    candidates = (
        whole,
        whole[::-1],
        list(chain.from_iterable(one.messages for one in reversed(lists))),
        list(chain.from_iterable(reversed(one.messages) for one in lists)),
    )
    for candidate in candidates:
        if never_falls(times_of(map(fields, candidate))):
            return candidate, False
    mostly_falls = sum(before > after for before, after in pairwise(times)) * 2 > len(times)
    return (whole[::-1] if mostly_falls and all(one.is_page for one in lists) else whole), True


def times_of(messages: Iterable[Any]) -> list[datetime]:
    """The times of those messages that have one."""
    found = (
        time_of(one.get("created_at", one.get("createdAt", one.get("timestamp"))))
        for one in messages
        if isinstance(one, Mapping)
    )
    return [time for time in found if time is not None]


def never_falls(times: Sequence[datetime]) -> bool:
    """Whether each time is equal to the time before it, or later."""
    return all(before <= after for before, after in pairwise(times))


def _newest_first_by_role(messages: Sequence[Any], *, is_page: bool) -> bool:
    """Whether the newest message is first. A conversation begins with its user, and seldom ends with the question."""
    first, last = (one.get("role") if isinstance(one, Mapping) else None for one in (messages[0], messages[-1]))
    return last == "user" if (first == "user") != (last == "user") else is_page
