"""The ranges of numbers that a window leaves out, with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .recalled import since, upto

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .steps import Reason

    Row = Mapping[str, Any]
    Range = dict[str, Any]


def ranges_before(first: int, last: int, summaries: Sequence[Row], pinned: Sequence[int]) -> list[Range]:
    """The ranges of messages before a window, with the reason. Pinned messages are in no range, because the window shows them."""
    if not summaries:
        return [*_without(pinned, first, last, "budget")]
    low, high = since(summaries[0]), max(map(upto, summaries))
    return [
        *_without(pinned, first, min(last, low - 1), "budget"),
        *_without(pinned, max(first, low), min(last, high), "summarized"),
        *_without(pinned, max(first, high + 1), last, "budget"),
    ]


def _without(pinned: Sequence[int], first: int, last: int, reason: str) -> Iterator[Range]:
    for seq in pinned:
        if first <= seq <= last:
            if seq > first:
                yield _range(first, seq - 1, reason)
            first = seq + 1
    if first <= last:
        yield _range(first, last, reason)


def joined(before: list[Range], single: list[tuple[int, Reason]]) -> list[Range]:
    """These ranges, and single messages that are left out, in order. Neighbours with one reason become one range."""
    found: list[Range] = []
    for one in sorted([*before, *(_range(seq, seq, reason) for seq, reason in set(single))], key=_order):
        if found and found[-1]["reason"] == one["reason"] and found[-1]["last_seq"] >= one["first_seq"] - 1:
            found[-1]["last_seq"] = max(found[-1]["last_seq"], one["last_seq"])
        else:
            found.append(one)
    return found


def _order(one: Range) -> tuple[int, str]:
    return one["first_seq"], one["reason"]


def _range(first: int, last: int, reason: str) -> Range:
    return {"first_seq": first, "last_seq": last, "reason": reason}
