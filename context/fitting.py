"""Fits a history into a budget: chooses the summaries and the turns of a window."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import BudgetTooSmall
from ..history import entries_of, is_summary
from .left_out import joined, ranges_before
from .recalled import gap_before, in_a_row, pinned_of, summaries_of, upto
from .rendering import Rendering
from .shortening import shortened
from .window import CountedTurn, Window
from .window_start import Extent, first_turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .steps import Reason
    from .window import Demand, History

    Row = Mapping[str, Any]

_FREE_FOR_SUMMARY = 8
"""The budget divided by this number is the most that a new summary should take."""


def window_of(history: History, demand: Demand) -> Window:
    """The window of a history. Raises `BudgetTooSmall` if its instructions and its newest turn do not fit into the budget."""
    return _Fitting(history, demand).make()


def settled_window(history: History, demand: Demand) -> Window | None:
    """The window of a history that was read in part, or None if older messages may still change it.

    Older messages change nothing in two cases. The newest summary and all messages behind it fit into the budget. Or the turns
    that were read exceed the budget, and the window leaves one of their messages out. In all other cases it is not known
    whether the window is the whole thread. Raises `BudgetTooSmall`.
    """
    fitting = _Fitting(history, demand)
    if fitting.tokens() <= demand.max_tokens:
        return fitting.behind_newest_summary()
    window = fitting.make()
    return None if fitting.may_be_whole(window) else window


def tokens_of_turns(history: History, demand: Demand) -> int:
    """The tokens of the whole turns in a history."""
    return _Fitting(history, demand).tokens()


class _Frame(NamedTuple):
    """The summaries of a window, and the messages that may stand behind them."""

    summaries: list[Row]
    """Oldest first."""
    behind: int
    """The index of the first message that they do not cover."""
    complete: bool
    """Whether no message is missing between them and this one."""


class _Fitting:
    """Makes one window. The window depends only on its own messages, and not on how many were read."""

    def __init__(self, history: History, demand: Demand) -> None:
        self._history, self._demand = history, demand
        self._rendering = Rendering(history, demand)
        self._rows = [row for row in history.rows if not is_summary(row)]
        self._starts = _starts_of_turns(self._rows)
        self._nothing = _Frame([], 0, history.whole)
        head_numbers = {row["seq"] for row in history.head}
        kept = [*history.recalled, *history.rows]
        self._pinned = [row for row in pinned_of(kept) if row["seq"] not in head_numbers]
        self._summaries = summaries_of(kept) if demand.use_summaries else []

    def make(self) -> Window:
        """The window: all messages behind the newest summary for which these messages were read and fit into the budget.

        If there is none, the window begins in steps behind the summary that covers the highest number. If this summary leaves
        no room for the newest turn, the window has no summary.
        """
        for frame in self._frames():
            if (window := self._all_behind(frame)) is not None:
                return window
        if self._summaries:
            farthest = max(self._summaries, key=lambda row: (upto(row), row["seq"]))
            try:
                return self._in_steps(self._frame(farthest))
            except BudgetTooSmall:  # a summary that leaves no room for the newest turn is left out
                pass
        return self._in_steps(self._nothing)

    def may_be_whole(self, window: Window) -> bool:
        """Whether the window begins with the first message that was read, while older ones may exist."""
        return not self._history.whole and bool(self._rows) and window.first_seq == self._rows[0]["seq"]

    def tokens(self) -> int:
        """The tokens of the whole turns that were read."""
        return sum(extent.tokens for extent in self._extents(self._nothing)[1])

    def behind_newest_summary(self) -> Window | None:
        """The window behind the newest summary, if everything behind it was read and fits."""
        return self._all_behind(self._frame(self._summaries[0])) if self._summaries else None

    def _all_behind(self, frame: _Frame) -> Window | None:
        """The window of everything that the summaries do not cover, if it was read and fits."""
        most = self._demand.max_tokens
        if not frame.complete or sum(extent.tokens for extent in self._extents(frame)[1]) > most:
            return None
        window = self._window(frame, frame.behind)
        return window if window.tokens <= most else None

    def _extents(self, frame: _Frame) -> tuple[list[int], list[Extent]]:
        """The newest turns, until they exceed the budget: the indexes with which they begin, their numbers and their tokens.

        A turn reaches to the next one, so that it stays the same.
        """
        starts, rows, total = self._turns(frame), self._rows, 0
        found: list[Extent] = []
        for index in range(len(starts) - 1, -1, -1):
            start, end = starts[index], starts[index + 1] if index + 1 < len(starts) else len(rows)
            tokens = self._counted_turn(start, end).tokens
            last = rows[end]["seq"] - 1 if end < len(rows) else rows[-1]["seq"]
            found.append(Extent(rows[start]["seq"], last, tokens))
            total += tokens
            if total > max(0, self._demand.max_tokens):  # a turn with nothing for a model is not the newest
                break
        return starts[len(starts) - len(found) :], found[::-1]

    def _counted_turn(self, start: int, end: int) -> CountedTurn:
        return self._rendering.counted_turn(self._rows[start:end])

    def _frames(self) -> Iterator[_Frame]:
        if not self._summaries:
            yield self._nothing
        for summary in self._summaries:
            yield self._frame(summary)

    def _frame(self, summary: Row) -> _Frame:
        last = upto(summary)
        behind = next((index for index, row in enumerate(self._rows) if row["seq"] > last), len(self._rows))
        reached = bool(self._history.rows) and self._history.rows[0]["seq"] <= last + 1
        return _Frame(in_a_row(summary, self._summaries), behind, self._history.whole or reached)

    def _turns(self, frame: _Frame) -> list[int]:
        """The indexes of the messages with which the turns behind the summaries begin. The first may begin without a user."""
        found = [start for start in self._starts if start >= frame.behind]
        if frame.complete and frame.behind < len(self._rows) and frame.behind not in found:
            found.insert(0, frame.behind)
        return found

    def _in_steps(self, frame: _Frame) -> Window:
        """The window whose beginning moves in steps. It is counted as a whole before it is returned."""
        (turns, extents), most = self._extents(frame), self._demand.max_tokens
        newest = next((index for index, extent in reversed([*enumerate(extents)]) if extent.tokens), None)
        if newest is None:
            window = self._window(frame, len(self._rows))
            if window.tokens > most:
                raise BudgetTooSmall(window.tokens, most)
            return window
        room = most - self._rendering.tokens(self._rendering.messages(frame.summaries, self._pins(turns[newest]), []))
        start = first_turn(extents[: newest + 1], room, whole=False)
        while start is not None and start < newest:
            window = self._window(frame, turns[start])
            if window.tokens <= most:
                return self._with_room_for_summary(window, extents[: newest + 1], room)
            start += 1  # together they cost more than each alone, as with a placeholder before them
        return self._newest_alone(frame, turns[newest])

    def _with_room_for_summary(self, window: Window, extents: list[Extent], room: int) -> Window:
        """The same window. `to_summarize` reaches so far that the later turns leave an eighth of the budget for the summary."""
        free = first_turn(extents, room - self._demand.max_tokens // _FREE_FOR_SUMMARY, whole=False)
        if window.to_summarize is not None and free is not None:
            low, high = window.to_summarize
            window.to_summarize = low, max(high, extents[free].first - 1)
        return window

    def _newest_alone(self, frame: _Frame, start: int) -> Window:
        window = self._window(frame, start)
        if window.tokens <= self._demand.max_tokens:
            return window
        if self._demand.shorten_outputs:
            steps, _ = self._rendering.said(self._rows[start:])
            for shorter in shortened(steps):
                messages = self._rendering.messages(frame.summaries, self._pins(start), shorter)
                if (tokens := self._rendering.tokens(messages)) <= self._demand.max_tokens:
                    return replace(window, messages=messages, tokens=tokens)
        raise BudgetTooSmall(window.tokens, self._demand.max_tokens)

    def _window(self, frame: _Frame, start: int) -> Window:
        head, shown = self._history.head, self._rows[start:]
        is_whole = self._history.whole and not frame.summaries and start == 0
        pins = self._pins(start)
        messages, tokens, single = self._shown(frame, start, pins)
        everything = [*(head if is_whole else ()), *shown]
        first, last = (everything[0].get("seq"), everything[-1].get("seq")) if everything else (None, None)
        window = Window(messages, self._rendering.system or None, tokens, first, last)
        single += self._rendering.said_of_pins(pins)[1]
        single += self._unused_summaries(frame, 0 if is_whole else first or math.inf)
        before: list[dict[str, Any]] = []
        if not is_whole:
            low = head[-1]["seq"] + 1 if head else 1
            high = shown[0]["seq"] - 1 if shown else self._history.rows[-1]["seq"] if self._history.rows else 0
            window.to_summarize = gap_before(frame.summaries, low, high)
            window.summaries = frame.summaries
            window.pinned = [row["seq"] for row in pins]
            before = ranges_before(low, high, frame.summaries, window.pinned)
        window.left_out = joined(before, single)
        return window

    def _shown(
        self, frame: _Frame, start: int, pins: Sequence[Row]
    ) -> tuple[list[dict[str, Any]], int, list[tuple[int, Reason]]]:
        """The messages of a window that begins at this index, their tokens, and the messages behind it that are left out.

        Turns that stand alone were rendered and counted before. The others are rendered again, all together.
        """
        starts = [begin for begin in self._turns(frame) if begin >= start]
        ends = [*starts[1:], len(self._rows)]
        known = [self._counted_turn(begin, end) for begin, end in zip(starts, ends, strict=True)] if starts else []
        if all(turn.is_alone for turn in known) and (not known or starts[0] == start):
            messages, tokens = self._rendering.messages_of_turns(frame.summaries, pins, known)
            return messages, tokens, [one for turn in known for one in turn.left_out]
        steps, single = self._rendering.said(self._rows[start:])
        messages = self._rendering.messages(frame.summaries, pins, steps)
        return messages, self._rendering.tokens(messages), single

    def _unused_summaries(self, frame: _Frame, first: float) -> list[tuple[int, Reason]]:
        """The summaries behind this number that are not in the window."""
        used = {row["seq"] for row in frame.summaries}
        numbers = [row["seq"] for row in self._history.rows if is_summary(row)]
        return [(seq, "bookkeeping") for seq in numbers if seq > first and seq not in used]

    def _pins(self, start: int) -> list[Row]:
        """The pinned messages that are older than a window which begins with the message at this index."""
        first = self._rows[start]["seq"] if start < len(self._rows) else None
        return [row for row in self._pinned if first is None or row["seq"] < first]


def _starts_of_turns(rows: Sequence[Row]) -> list[int]:
    """The indexes of the messages with which turns begin."""
    return [
        index
        for index, row in enumerate(rows)
        if row["role"] == "user" and any(entry.kind == "message" for entry in entries_of(row))
    ]
