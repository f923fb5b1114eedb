"""Finds the largest and smallest amounts of a chart, with all names that share them, and says them in a title."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .formatting import counted, named

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_NAMES = 2


@dataclass(frozen=True, slots=True)
class Extreme:
    """An amount, and the names that have it. There is more than one name if they are equal."""

    names: tuple[str, ...]
    amount: float

    def listed(self, noun: str, plural: str = "") -> str:
        """Return the names, or their number with the noun if there are more than two: `3 days`."""
        if len(self.names) > _MOST_NAMES:
            return counted(len(self.names), noun, plural)
        return " and ".join(named(name) for name in self.names)

    def figure(self, text: str) -> str:
        """Return the figure in brackets, with `each` if several names have it."""
        return f"({text})" if len(self.names) == 1 else f"({text} each)"

    def verb(self, singular: str, plural: str) -> str:
        """Return the verb for the number of names."""
        return singular if len(self.names) == 1 else plural


def highest(amounts: Iterable[tuple[str, float]]) -> Extreme:
    """Return the largest amount with all its names. There must be an amount."""
    pairs = list(amounts)
    return _having(pairs, max(amount for _, amount in pairs))


def lowest(amounts: Iterable[tuple[str, float]]) -> Extreme:
    """Return the smallest amount with all its names. There must be an amount."""
    pairs = list(amounts)
    return _having(pairs, min(amount for _, amount in pairs))


def _having(pairs: list[tuple[str, float]], amount: float) -> Extreme:
    return Extreme(tuple(name for name, value in pairs if value == amount), amount)
