"""Gives new messages their numbers. The beginning of a thread has anchors: a window finds it beside its pinned messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...context import MOST_INSTRUCTIONS, head_of
from ...documents import ANCHOR_OF_BEGINNING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...documents import MessageRow

_CERTAIN = 2
"""All messages with numbers up to this one have an anchor: most threads begin with at most one instruction."""


def number_rows(rows: Sequence[MessageRow], last_seq: int) -> None:
    """Give the rows the numbers behind `last_seq`."""
    for seq, row in enumerate(rows, last_seq + 1):
        row["seq"] = seq
    anchor_beginning(rows)


def anchor_beginning(rows: Sequence[MessageRow]) -> None:
    """Set the anchors of the rows at the beginning of their thread: instructions, and the message behind them.

    Windows find the beginning by its anchors if no anchor is missing (`beginning_of`). Else they read the first
    messages by number.
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
