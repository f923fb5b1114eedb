"""The window of a history: the newest turns that fit into a budget of tokens, in the format of a model API."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from ..errors import BudgetTooSmall
from ..history import entries_of, turns_of
from .anthropic import Anthropic, system_blocks
from .chat import Chat
from .counters import count_tokens
from .responses import Responses
from .shortening import shortened
from .steps import Choices, Words, said_of
from .window_start import Extent, first_turn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .counters import Counter
    from .steps import Reason, Said

    Row = Mapping[str, Any]

Format = Literal["chat", "responses", "anthropic"]
MOST_INSTRUCTIONS = 16
"""The most messages with which a thread begins that are always in its windows."""
_SYSTEM_ROLES = frozenset({"system", "developer", "platform"})


RENDERERS: dict[str, type[Chat | Responses | Anthropic]] = {
    "chat": Chat,
    "responses": Responses,
    "anthropic": Anthropic,
}


@dataclass(frozen=True, slots=True)
class Demand:
    """What a caller wants: a format, a budget, and what to do with what models refuse."""

    format: Format
    max_tokens: int
    counter: Counter
    choices: Choices = field(default_factory=Choices)
    shorten_outputs: bool = False
    """Whether outputs of the newest turn are cut, with a mark, if the turn does not fit."""


@dataclass(slots=True)
class Window:
    """The messages for a model, and how they were chosen."""

    messages: list[dict[str, Any]]
    system: list[dict[str, Any]] | None
    """The instructions, for the format that has them apart. None if there are none, and in other formats."""
    tokens: int
    first_seq: int | None = None
    last_seq: int | None = None
    left_out: list[dict[str, Any]] = field(default_factory=list)
    """Ranges of numbers with the reason, in order."""


@dataclass(frozen=True, slots=True)
class History:
    """The part of a thread that was read."""

    head: Sequence[Row]
    """The instructions with which the thread begins."""
    rows: Sequence[Row]
    """The newest messages behind them, in order."""
    whole: bool
    """Whether no message is missing between the two."""
    costs: dict[int, int] = field(default_factory=dict)
    """The tokens of turns that are counted already, by their first number: each turn is counted once."""


def head_of(rows: Sequence[Row]) -> list[Row]:
    """The instructions with which a thread begins, of its first messages: those of the system, the platform and developers."""
    head: list[Row] = []
    for row in rows[:MOST_INSTRUCTIONS]:
        if row["type"] != "message" or row["role"] not in _SYSTEM_ROLES:
            break
        head.append(row)
    return head


def window_of(history: History, demand: Demand) -> Window:
    """The window of a history. Raises `BudgetTooSmall` if its instructions and its newest turn do not fit into the budget."""
    return _Maker(history, demand).make()


def tokens_of_turns(history: History, demand: Demand) -> int:
    """The tokens of the whole turns in a history. Above the budget, they hold all that can be in the window."""
    return sum(extent.tokens for extent in _Maker(history, demand).extents)


class _Maker:
    """Makes one window. The window depends only on its own messages, and not on how many were read."""

    def __init__(self, history: History, demand: Demand) -> None:
        self._history, self._demand = history, demand
        self._renderer = RENDERERS[demand.format]
        self._starts = _starts_of_turns(history.rows)
        if history.whole and history.rows and 0 not in self._starts:
            self._starts.insert(0, 0)  # the history begins without a user
        self.extents = self._extents()
        head = self._said(history.head)[0]
        is_apart = demand.format == "anthropic"
        self._system = [block for step in head if isinstance(step, Words) for block in system_blocks(step)]
        self._system, self._first = (self._system, []) if is_apart else ([], head)

    def make(self) -> Window:
        """The window, which is counted as a whole before it is returned."""
        fixed = self._tokens(self._render([]))
        room = self._demand.max_tokens - fixed
        newest = next((index for index, extent in reversed([*enumerate(self.extents)]) if extent.tokens), None)
        if newest is None:
            if room < 0:
                raise BudgetTooSmall(fixed, self._demand.max_tokens)
            return self._window(len(self._starts))
        start = first_turn(self.extents[: newest + 1], room, whole=self._history.whole)
        while start is not None and start < newest:
            window = self._window(start)
            if window.tokens <= self._demand.max_tokens:
                return window
            start += 1  # together they cost more than each alone, as with a placeholder before them
        return self._newest_alone(newest)

    def _newest_alone(self, newest: int) -> Window:
        window = self._window(newest)
        if window.tokens <= self._demand.max_tokens:
            return window
        if self._demand.shorten_outputs:
            steps, _ = self._said(self._history.rows[self._starts[newest] :])
            for shorter in shortened(steps):
                messages = self._render(shorter)
                if (tokens := self._tokens(messages)) <= self._demand.max_tokens:
                    return replace(window, messages=messages, tokens=tokens)
        raise BudgetTooSmall(window.tokens, self._demand.max_tokens)

    def _window(self, start: int) -> Window:
        rows, head = self._history.rows, self._history.head
        shown = rows[self._starts[start] :] if start < len(self._starts) else ()
        steps, single = self._said(shown)
        messages = self._render(steps)
        is_whole = self._history.whole and len(shown) == len(rows)
        everything = [*(head if is_whole else ()), *shown]
        first, last = (everything[0].get("seq"), everything[-1].get("seq")) if everything else (None, None)
        left_out = [] if is_whole else _before(head, rows, shown)
        return Window(messages, self._system or None, self._tokens(messages), first, last, _ranges(left_out, single))

    def _render(self, steps: Sequence[Said]) -> list[dict[str, Any]]:
        return self._renderer().messages([self._first, steps])

    def _tokens(self, messages: list[dict[str, Any]]) -> int:
        return count_tokens([*self._system, *messages], self._demand.counter)

    def _said(self, rows: Sequence[Row]) -> tuple[list[Said], list[tuple[int, Reason]]]:
        """The steps of these messages, and the numbers of those that are left out."""
        said = [said_of(turn, self._demand.choices, self._renderer.can_express) for turn in turns_of(rows)]
        return [step for turn in said for step in turn.steps], [one for turn in said for one in turn.left_out]

    def _extents(self) -> list[Extent]:
        """The numbers and the tokens of each turn alone. A turn reaches to the next one, so that it stays the same."""
        rows, found = self._history.rows, []
        for start, end in itertools.pairwise([*self._starts, len(rows)]):
            first = rows[start]["seq"]
            if first not in self._history.costs:
                self._history.costs[first] = self._cost(rows[start:end])
            last = rows[end]["seq"] - 1 if end < len(rows) else rows[-1]["seq"]
            found.append(Extent(first, last, self._history.costs[first]))
        return found

    def _cost(self, rows: Sequence[Row]) -> int:
        steps, _ = self._said(rows)
        return count_tokens(self._renderer().messages([steps]), self._demand.counter) if steps else 0


def _starts_of_turns(rows: Sequence[Row]) -> list[int]:
    """The indexes of the messages with which turns begin."""
    return [
        index
        for index, row in enumerate(rows)
        if row["role"] == "user" and any(entry.kind == "message" for entry in entries_of(row))
    ]


def _before(head: Sequence[Row], rows: Sequence[Row], shown: Sequence[Row]) -> list[dict[str, Any]]:
    """The range of numbers between the instructions and the window."""
    first = head[-1]["seq"] + 1 if head else 1
    last = shown[0]["seq"] - 1 if shown else rows[-1]["seq"] if rows else 0
    return [{"first_seq": first, "last_seq": last, "reason": "budget"}] if last >= first else []


def _ranges(found: list[dict[str, Any]], single: list[tuple[int, Reason]]) -> list[dict[str, Any]]:
    """Add the single messages that are left out. Neighbours with one reason become one range."""
    for seq, reason in sorted(set(single)):
        if found and found[-1]["reason"] == reason and found[-1]["last_seq"] >= seq - 1:
            found[-1]["last_seq"] = seq
        else:
            found.append({"first_seq": seq, "last_seq": seq, "reason": reason})
    return found
