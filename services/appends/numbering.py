"""Gives new messages their numbers. The beginning of a thread has anchors: a window finds it beside its pinned messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...context import MOST_INSTRUCTIONS, head_of
from ...documents import ANCHOR_OF_BEGINNING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...documents import MessageRow

_CERTAIN = 2
"""Messages with numbers up to this one have an anchor, whatever they are: most threads begin with at most one instruction."""


def number_rows(rows: Sequence[MessageRow], last_seq: int) -> None:
    """Give the rows the numbers behind `last_seq`."""
    for seq, row in enumerate(rows, last_seq + 1):
        row["seq"] = seq
    anchor_beginning(rows)


def anchor_beginning(rows: Sequence[MessageRow]) -> None:
    """Set the anchors of those rows that belong to the beginning of their thread: instructions, and the message behind them.

    Windows use them if they are all there (`beginning_of`), and else read the first messages by their numbers.
    """
    follows_instruction = False
    for row in rows:
        if row["seq"] <= MOST_INSTRUCTIONS + 1:
            is_instruction = bool(head_of([row]))
            if is_instruction or follows_instruction or row["seq"] <= _CERTAIN:
                row.setdefault("anchor", ANCHOR_OF_BEGINNING)
            follows_instruction = is_instruction
        elif row.get("anchor") == ANCHOR_OF_BEGINNING:  # it had a lower number before, which was taken
            del row["anchor"]
