"""Where a window begins: at a turn that stays the beginning for many turns, so that caches of prefixes keep working."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Extent(NamedTuple):
    """A turn: the numbers of its messages, and its tokens."""

    first: int
    last: int
    tokens: int


def first_turn(turns: Sequence[Extent], room: int, *, whole: bool) -> int | None:
    """The index of the turn with which a window begins, or None if not even the newest turn fits into `room` tokens.

    `whole` says whether the turns are the whole history: if all of them fit, the window begins with the first.

    The candidates are the turns from which on the window fits and uses at least half of `room`. The window begins with
    the candidate that holds the number with the highest power of two as a divisor. So the beginning moves in steps,
    although nothing is remembered between two windows.
    """
    lowest, used = len(turns), 0
    steady: list[int] = []
    while lowest > 0 and used + turns[lowest - 1].tokens <= room:
        lowest -= 1
        used += turns[lowest].tokens
        if 2 * used >= room:
            steady.append(lowest)
    if lowest == len(turns):
        return None
    if lowest == 0 and whole:
        return 0
    return max(steady, key=lambda index: _steadiness(turns[index])) if steady else lowest


def _steadiness(turn: Extent) -> int:
    """The highest power of two that divides a number of the turn, as an exponent."""
    return ((turn.first - 1) ^ turn.last).bit_length() - 1
