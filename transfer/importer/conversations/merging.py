"""Puts messages into a list of messages by a key that mostly rises."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")


def merged(ordered: list[T], more: Iterable[T], key: Callable[[T], Any], lowest: Any) -> list[T]:
    """The list, with each of `more` behind the last one whose key is not higher. One without a key goes to the end.

    The list keeps its order, whatever its keys are. An entry of it without a key has the key `lowest`.
    """
    keys = [lowest if (found := key(one)) is None else found for one in ordered]
    # An entry stands behind all entries from which on no key is lower: the lowest key from each entry to the end decides.
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
