"""Reads as much of a thread as a window needs: its newest messages, and the instructions with which it begins."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from ...context import COUNTERS, MOST_INSTRUCTIONS, Choices, Demand, History, head_of, tokens_of_turns, window_of
from ...errors import TooLarge
from ...inputs import MessageQuery
from ...records import ContextRecord
from ...stored_json import as_json
from .long_work import Abandonable, computed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ...context import Counter
    from ...inputs import ContextQuery
    from ...records import Page
    from ..runtime import Runtime

    ReadPage = Callable[[MessageQuery], Awaitable[Page[Any]]]

T = TypeVar("T")

_TOKENS_OF_MESSAGE = 50
"""A guess, from which the size of the first page follows."""
_SMALLEST_PAGE = 32
_GROWTH = 4
"""The messages that were read, times this, are the most that are read next."""
_MOST_MESSAGES = 10_000
"""The most messages that one window reads."""


async def read_window(
    read: ReadPage, runtime: Runtime, thread_id: str, query: ContextQuery, counter: Counter | None
) -> ContextRecord:
    """The window of a thread. Raises `TooLarge` if its newest turn has more messages or bytes than one window reads."""
    demand = Demand(
        format=query.format,
        max_tokens=query.max_tokens,
        counter=counter or COUNTERS[query.counter],
        choices=Choices(query.include_incomplete, query.unanswered == "mark"),
        shorten_outputs=query.shorten_outputs,
    )
    history = await _read_history(read, runtime, demand)
    window = await _computed(runtime, history, demand, window_of)
    return ContextRecord(
        object="thread.context",
        thread_id=thread_id,
        format=query.format,
        messages=window.messages,
        system=window.system,
        tokens=window.tokens,
        max_tokens=query.max_tokens,
        first_seq=window.first_seq,
        last_seq=window.last_seq,
        left_out=window.left_out,
    )


async def _read_history(read: ReadPage, runtime: Runtime, demand: Demand) -> History:
    most, room = runtime.limits.max_page, runtime.tuning.history_bytes
    limit = min(max(_SMALLEST_PAGE, demand.max_tokens // _TOKENS_OF_MESSAGE), most)
    query = MessageQuery.model_validate({"limit": limit, "order": "desc"}, context=runtime.limits)
    rows: list[Any] = []
    costs: dict[int, int] = {}
    while True:
        page = await read(query)
        rows[:0] = reversed(page)
        if not page.has_more:
            head = head_of(rows)
            return History(head, rows[len(head) :], whole=True, costs=costs)
        tokens = await _computed(runtime, History((), rows, whole=False, costs=costs), demand, tokens_of_turns)
        if tokens > demand.max_tokens:
            break
        room -= sum(len(as_json(record)) for record in page)
        if len(rows) >= _MOST_MESSAGES or room < 0:
            if not any(row["role"] == "user" for row in rows):
                raise TooLarge("newest turn", _MOST_MESSAGES, "messages")
            break
        limit = min(max(_SMALLEST_PAGE, _missing(len(rows), tokens, demand.max_tokens)), most)
        query = query.model_copy(update={"limit": limit, "after": page.next_cursor})
    first = MessageQuery.model_validate({"limit": min(MOST_INSTRUCTIONS, most)}, context=runtime.limits)
    return History(head_of(await read(first)), rows, whole=False, costs=costs)


async def _computed(runtime: Runtime, history: History, demand: Demand, work: Callable[[History, Demand], T]) -> T:
    """The result of `work`. The function of a caller that counts tokens stays in the thread of the caller."""
    if demand.counter not in COUNTERS.values():
        return work(history, demand)
    counter = Abandonable(demand.counter)
    try:
        return await computed(runtime, history.rows, lambda: work(history, replace(demand, counter=counter)))
    finally:
        counter.is_abandoned = True


def _missing(count: int, tokens: int, wanted: int) -> int:
    """A guess how many messages fill the budget, if they are like the `count` that were read, and a quarter more."""
    most = count * _GROWTH
    return min(most, (wanted - tokens) * count * 5 // (tokens * 4) + 1) if tokens else most
