"""How many bytes of a request a provider's cache of prefixes misses, for several ways to cut a history.

Conversations are simulated: questions and answers with a heavy tail, and tools in a third of the turns. After each turn, each way
makes a request. A cache misses the bytes behind the longest common beginning with the request before.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from threadkeep.context import Demand, History, count_tokens, estimate, formatted_history, head_of, window_of
from threadkeep.stored_json import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Row = dict[str, Any]
    Cut = Callable[[list[Row], int], list[Row]]

_WORDS = ("the", "of", "time", "a", "reading", "room", "and", "question", "Rome", "archive", "list", "server", "night")
_MOST_WORDS = 600
_LAST = 20
"""How many messages the way "last 20 messages" keeps."""


@dataclass(frozen=True, slots=True)
class Misses:
    """What one way to cut costs over a conversation."""

    missed: int
    """The bytes that the caches miss, of all requests."""
    largest: int
    """The tokens of the largest request."""


def conversation(turns: int, seed: int) -> Iterator[list[Row]]:
    """The messages of each turn of a conversation, in order, without those of the model's last answer."""
    chance = random.Random(seed)  # noqa: S311 - invented conversations
    seq = 1
    answer: list[Row] = []
    instruction = {"type": "message", "role": "system", "content": _text(chance, 40), "seq": 1}
    for turn in range(turns):
        rows = [instruction] if turn == 0 else answer
        rows.append({"type": "message", "role": "user", "content": _text(chance, 25)})
        answer = []
        if chance.random() < 1 / 3:
            call = {"id": f"call_{turn}", "type": "function", "function": {"name": "search", "arguments": "{}"}}
            output = {"type": "message", "role": "tool", "content": _text(chance, 120), "tool_call_id": call["id"]}
            answer += [{"type": "message", "role": "assistant", "content": "", "tool_calls": [call]}, output]
        answer.append({"type": "message", "role": "assistant", "content": _text(chance, 90)})
        for row in (*rows, *answer):
            if "seq" not in row:
                row["seq"] = seq = seq + 1
        yield rows


def _text(chance: random.Random, median: int) -> str:
    """Words: their number has a heavy tail."""
    count = min(_MOST_WORDS, max(1, round(median * chance.lognormvariate(0, 0.9))))
    return " ".join(chance.choices(_WORDS, k=count))


def ours(rows: list[Row], budget: int) -> list[Row]:
    """The window of `context`."""
    head = head_of(rows)
    return window_of(History(head, rows[len(head) :], whole=True), Demand("chat", budget, estimate)).messages


def sliding(rows: list[Row], budget: int) -> list[Row]:
    """As many of the newest turns as fit, so that the beginning moves with every turn."""
    head = head_of(rows)
    starts = [index for index, row in enumerate(rows) if row["role"] == "user"]
    kept = [*head, *rows[starts[-1] :]]
    for start in reversed(starts):
        longer = [*head, *rows[start:]]
        if count_tokens(formatted_history(longer), estimate) > budget:
            break
        kept = longer
    return formatted_history(kept)


def last_messages(rows: list[Row], _budget: int) -> list[Row]:
    """The newest messages, whatever they cost. They may be above the budget."""
    return formatted_history(rows[-_LAST:])


def everything(rows: list[Row], _budget: int) -> list[Row]:
    """The whole history. It is above the budget sooner or later, and then the API refuses it."""
    return formatted_history(rows)


WAYS: dict[str, Cut] = {
    "context": ours,
    "sliding window": sliding,
    "last 20 messages": last_messages,
    "everything": everything,
}


def misses(way: str, budget: int, *, turns: int = 500, seed: int = 1) -> Misses:
    """The misses of a way to cut, over one conversation."""
    rows: list[Row] = []
    missed = largest = 0
    before = b""
    for new in conversation(turns, seed):
        rows += new
        messages = WAYS[way](rows, budget)
        request = as_json(messages)
        missed += len(request) - _common(before, request)
        largest = max(largest, count_tokens(messages, estimate))
        before = request
    return Misses(missed, largest)


def _common(one: bytes, other: bytes) -> int:
    """The length of the common beginning, without the end of a list."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
