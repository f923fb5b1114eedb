"""Names and ids of calls as model APIs accept them."""

from __future__ import annotations

import re

_LONGEST_NAME = 64
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]")


def valid_name(name: str) -> str:
    """The name of a tool with `_` in place of the characters that model APIs refuse, and no longer than they accept."""
    return _NOT_IN_NAMES.sub("_", name)[:_LONGEST_NAME] or "unnamed"


class CallIds:
    """Gives each call an id that no other call has. An id stays as it is if the API accepts it."""

    def __init__(self, longest: int, *, plain: bool = False) -> None:
        """`longest` is the most characters of an id. `plain` ids have letters, digits, `_` and `-` only."""
        self._longest = longest
        self._plain = plain
        self._given: set[str] = set()
        self._next: dict[str, int] = {}

    def give(self, call_id: str) -> str:
        """The id of one more call that is stored with this id."""
        wanted = _NOT_IN_NAMES.sub("_", call_id) if self._plain else call_id
        wanted = wanted[: self._longest] or "call"
        found, number = wanted, self._next.get(wanted, 1)
        while found in self._given:
            number += 1
            end = f"_{number}"
            found = f"{wanted[: self._longest - len(end)]}{end}"
        self._next[wanted] = number
        self._given.add(found)
        return found
