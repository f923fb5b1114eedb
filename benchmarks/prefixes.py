"""Measures how many bytes of the requests a provider's cache of prefixes misses, for several ways to cut a history.

The conversation is one of the demo, with 500 turns: questions, answers and tools, whose lengths have heavy tails. Outputs
of tools are longer than in the demo. After each question, each way makes a request. A cache compares the request with the
request before, and misses all bytes behind their longest common beginning.

    python -m threadkeep.benchmarks.prefixes
"""

from __future__ import annotations

import argparse
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from threadkeep.context import Demand, History, count_tokens, estimate, formatted_history, head_of, window_of
from threadkeep.stored_json import as_json
from threadkeep.transfer.demo.message_rows import ConversationRows
from threadkeep.transfer.demo.profiles import ASSISTANTS, people

if TYPE_CHECKING:
    from collections.abc import Callable

    Row = Any
    Request = list[dict[str, Any]]

BUDGETS = (4_000, 16_000, 64_000)
TURNS = 500
SEED = 1
_LAST = 20
"""The number of messages that the way "last 20 messages" keeps."""
_TOOL_RATE = 0.4
_MEDIAN_OUTPUT = 120
_MOST_WORDS = 6_000
_START = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""When the conversation begins. It is fixed, because the lengths of messages depend on the hour and the weekday."""


@dataclass
class GrowingConversation:
    """The messages of a conversation in order, and the state that a way to cut keeps between two requests."""

    rows: list[Row] = field(default_factory=list)
    counted: dict[str, int] = field(default_factory=dict)
    begins: int = 0
    """The index of the first message of the request before, for the way that stores its beginning."""

    def turns(self) -> list[int]:
        """The indexes of the questions."""
        return [index for index, row in enumerate(self.rows) if row["role"] == "user"]

    def tokens(self, messages: Request) -> int:
        """The tokens of a request. Each text is counted once."""
        return count_tokens(messages, self._count)

    def _count(self, text: str) -> int:
        found = self.counted.get(text)
        if found is None:
            found = self.counted[text] = estimate(text)
        return found


@dataclass(frozen=True, slots=True)
class Misses:
    """The costs of one way to cut."""

    missed: int
    """The bytes that the caches miss, of all requests."""
    sent: int
    """The bytes of all requests."""
    tokens: list[int]
    """The tokens of each request."""

    def above(self, budget: int) -> int | None:
        """The first turn whose request is above the budget, or None."""
        return next((turn for turn, tokens in enumerate(self.tokens, 1) if tokens > budget), None)


def conversation(turns: int, seed: int) -> list[Row]:
    """The messages of a conversation of the demo, with a system message and longer outputs of tools."""
    chance = random.Random(seed)  # noqa: S311 - invented conversations
    assistant = ASSISTANTS[seed % len(ASSISTANTS)]
    kinds = "S" + "".join("U" + "CR" * _calls(chance) + "A" for _ in range(turns))
    start = _START.timestamp()
    made = ConversationRows(
        chance,
        thread_id="thread_1",
        people=people(chance, 100, 30, seed)[:1],
        assistant=assistant,
        start=start,
        end=start + 1e9,
    )
    rows = made.generate(kinds)
    for row in rows:
        if row["role"] == "tool":
            words = min(_MOST_WORDS, round(_MEDIAN_OUTPUT * chance.lognormvariate(0, 1.2)))
            row["content"] = " ".join(
                chance.choices(("train", "9:14", "Rome", "platform", "late", "3", "ticket"), k=words)
            )
    return [*rows]


def _calls(chance: random.Random) -> int:
    return 0 if chance.random() > _TOOL_RATE else 1 + (chance.random() < _TOOL_RATE)


def ours(talk: GrowingConversation, budget: int) -> Request:
    """The window of `context`."""
    head = head_of(talk.rows)
    history = History(head, talk.rows[len(head) :], whole=True, counted=talk.counted)
    return window_of(history, Demand("chat", budget, estimate)).messages


def sliding(talk: GrowingConversation, budget: int) -> Request:
    """As many of the newest turns as fit, so that the beginning moves with every turn."""
    return _from(talk, _earliest(talk, budget))


def halved(talk: GrowingConversation, budget: int) -> Request:
    """Everything from a stored beginning. If it is above the budget, the beginning moves until half a budget is left."""
    request = _from(talk, talk.begins)
    if talk.tokens(request) > budget:
        talk.begins = _earliest(talk, budget // 2)
        request = _from(talk, talk.begins)
    return request


def last_messages(talk: GrowingConversation, _budget: int) -> Request:
    """The newest messages, with any number of tokens."""
    return formatted_history(talk.rows[-_LAST:])


def everything(talk: GrowingConversation, _budget: int) -> Request:
    """The whole history. Sooner or later it is above every budget, and the API refuses it."""
    return formatted_history(talk.rows)


def _from(talk: GrowingConversation, start: int) -> Request:
    head = head_of(talk.rows)
    return formatted_history([*head, *talk.rows[max(start, len(head)) :]])


def _earliest(talk: GrowingConversation, budget: int) -> int:
    """The earliest question from which everything to the end fits, or the newest question."""
    starts = talk.turns()
    used = talk.tokens(formatted_history(head_of(talk.rows)))
    kept, end = starts[-1], len(talk.rows)
    for start in reversed(starts):
        used += talk.tokens(formatted_history(talk.rows[start:end]))
        if used > budget:
            break
        kept = end = start
    return kept


WAYS: dict[str, Callable[[GrowingConversation, int], Request]] = {
    "`context`": ours,
    "sliding window": sliding,
    f"last {_LAST} messages": last_messages,
    "everything": everything,
    "half dropped when full, begin stored": halved,
}


_WITHOUT_BUDGET = frozenset({"everything", f"last {_LAST} messages"})


@cache
def misses(way: str, budget: int, *, turns: int = TURNS, seed: int = SEED) -> Misses:
    """The misses of a way to cut, over one conversation."""
    rows, talk = conversation(turns, seed), GrowingConversation()
    missed = sent = 0
    asked: list[int] = []
    before = b""
    for row in rows:
        talk.rows.append(row)
        if row["role"] != "user":
            continue
        messages = WAYS[way](talk, budget)
        request = as_json(messages)
        missed += len(request) - _common(before, request)
        sent, before = sent + len(request), request
        asked.append(talk.tokens(messages))
    return Misses(missed, sent, asked)


def _common(one: bytes, other: bytes) -> int:
    """The length of the common beginning of two requests."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one.startswith(other[low:middle], low):
            low = middle
        else:
            high = middle - 1
    return low


def table(turns: int = TURNS) -> str:
    """The table in Markdown: for each budget the bytes that the caches miss, and their share of all bytes."""
    heads = [f"missed at {budget:,} tokens" for budget in BUDGETS]
    lines = ["| way | " + " | ".join(heads) + " |", "|---|" + "---|" * len(BUDGETS)]
    lines += [f"| {way} | " + " | ".join(_cell(way, budget, turns) for budget in BUDGETS) + " |" for way in WAYS]
    return "\n".join(lines) + "\n"


def _cell(way: str, budget: int, turns: int) -> str:
    found = misses(way, 0 if way in _WITHOUT_BUDGET else budget, turns=turns)
    above = found.above(budget)
    refused = "" if above is None else f"; above the budget in turn {above}"
    return f"{found.missed / 1e6:.2f} MB, {found.missed / found.sent:.0%}{refused}"


if __name__ == "__main__":
    argparse.ArgumentParser(description="Measure what caches of prefixes miss.").parse_args()
    print(table(), end="")
