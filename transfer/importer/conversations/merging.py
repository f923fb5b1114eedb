"""Puts messages into a list of messages by a key that mostly rises."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")


def merged(ordered: list[T], more: Iterable[T], key: Callable[[T], Any], lowest: Any) -> list[T]:
    """The list with the entries of `more`. Each stands behind the last entry of the list whose key is not higher.

    The list keeps its order, even if its keys fall. An entry of the list without a key has the key `lowest`. An entry of
    `more` without a key goes to the end, and so do the entries of `more` behind it.
    """
    keys = [lowest if (found := key(one)) is None else found for one in ordered]
    # The lowest key from an entry to the end of the list decides its place. A new entry with a lower key stands before it.
    floors = [*accumulate(reversed(keys), min)][::-1]
    placed = [((0, floor), one) for floor, one in zip(floors, ordered, strict=True)]
    ends = 0
    for one in more:
        found = key(one)
        if found is None:
            ends += 1
        placed.append(((ends, lowest if found is None else found), one))
    placed.sort(key=lambda entry: entry[0])
    return [one for _, one in placed]
