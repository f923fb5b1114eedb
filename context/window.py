"""The window of a history, the part of the thread that it is made from, and the demand of a caller."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from .steps import Choices

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .counters import Counter
    from .steps import Reason, Said

    Row = Mapping[str, Any]

Format = Literal["chat", "responses", "anthropic"]
MOST_INSTRUCTIONS = 16
"""The most messages with which a thread begins that are always in its windows."""
STORED_FIELDS = (
    *("thread_id", "seq", "type", "role", "content", "parts", "item", "tool_calls", "tool_call_id"),
    *("status", "run_id", "covers", "pinned"),
)
"""The fields of stored messages from which a window is made, beside their id."""
_SYSTEM_ROLES = frozenset({"system", "developer", "platform"})


@dataclass(frozen=True, slots=True)
class Demand:
    """The demand of a caller: the format, the budget, and the treatment of messages that model APIs refuse."""

    format: Format
    max_tokens: int
    counter: Counter
    choices: Choices = field(default_factory=Choices)
    shorten_outputs: bool = False
    """Whether outputs of the newest turn are cut, with a mark, if the turn does not fit."""
    use_summaries: bool = True
    """Whether summaries stand in place of the messages that they cover."""


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
    summaries: list[Row] = field(default_factory=list)
    """The summaries in the window, oldest first."""
    pinned: list[int] = field(default_factory=list)
    """The numbers of the pinned messages that are shown, although they are older than the window."""
    to_summarize: tuple[int, int] | None = None
    """The first and the last number that a new summary should cover. Usually nothing in the window stands for these messages."""


@dataclass(frozen=True, slots=True)
class CountedTurn:
    """A turn that was rendered alone: the steps that a model sees, its messages and its tokens."""

    steps: list[Said]
    left_out: list[tuple[int, Reason]]
    messages: list[dict[str, Any]]
    tokens: int
    is_alone: bool
    """Whether no output in it may answer a call of an earlier turn."""


@dataclass(frozen=True, slots=True)
class History:
    """The part of a thread that was read."""

    head: Sequence[Row]
    """The instructions with which the thread begins."""
    rows: Sequence[Row]
    """The newest messages behind them, in order."""
    whole: bool
    """Whether no message is missing between the two."""
    recalled: Sequence[Row] = ()
    """The pinned messages and the summaries of the thread, if it was not read as a whole."""
    turns: dict[int, CountedTurn] = field(default_factory=dict)
    """The turns that are counted already, by their first number: each turn is rendered and counted once."""
    counted: dict[str, int] = field(default_factory=dict)
    """The tokens of texts that are counted already: a window is counted in turns, and then as a whole."""


def head_of(rows: Sequence[Row]) -> list[Row]:
    """The instructions with which a thread begins: of the system, the platform and developers. `rows` are its first messages."""
    head: list[Row] = []
    for row in rows[:MOST_INSTRUCTIONS]:
        if row["type"] != "message" or row["role"] not in _SYSTEM_ROLES:
            break
        head.append(row)
    return head


def beginning_of(rows: Iterable[Row]) -> list[Row] | None:
    """The first messages of a thread, if `rows` are known to hold all instructions with which it begins. Else None.

    This is known if the numbers rise from 1 without a gap up to a message that is no instruction, or up to `MOST_INSTRUCTIONS`.
    """
    by_number = {row["seq"]: row for row in rows}
    found: list[Row] = []
    while (row := by_number.get(len(found) + 1)) is not None:
        found.append(row)
        if len(head_of(found)) < len(found) or len(found) == MOST_INSTRUCTIONS:
            return found
    return None
