"""Reads as much of a thread as a window needs: the newest messages, the instructions, pinned messages and summaries."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ...context import (
    COUNTERS,
    MOST_INSTRUCTIONS,
    Choices,
    Demand,
    History,
    beginning_of,
    counter_of,
    head_of,
    settled_window,
    tokens_of_turns,
    window_of,
)
from ...errors import TooLarge
from ...inputs import MessageQuery
from ...records import ContextRecord
from ...stored_json import as_json
from ..long_work import Abandonable
from ..paging import cursor_at

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from ...context import Counter, Window
    from ...documents import MessageRow
    from ...inputs import ContextQuery
    from ...records import Page
    from ..runtime import Runtime

T = TypeVar("T")

_TOKENS_OF_MESSAGE = 40
"""A guess, from which the size of the first page follows. If messages are shorter, a window reads a second page."""
_SMALLEST_PAGE = 32
_GROWTH = 4
"""The messages that were read, times this, are the most that are read next."""
_MOST_MESSAGES = 10_000
"""The most messages that one window reads."""


class ThreadReads(NamedTuple):
    """The reads of one thread. Each checks the caller's rights, or follows a read that did."""

    page: Callable[[MessageQuery], Awaitable[Page[Any]]]
    first: Callable[[], Awaitable[list[MessageRow] | None]]
    """Reads the first messages by their numbers. None if more instructions may follow: then a page finds them."""
    recalled: Callable[[], Awaitable[list[MessageRow]]]
    """Reads the beginning of the thread, the pinned messages and the summaries, as far as they have anchors."""
    owner: str
    """The owner of the share of the budgets (`Caller.owner`)."""


async def read_window(
    reads: ThreadReads, runtime: Runtime, thread_id: str, query: ContextQuery, counter: Counter | None
) -> ContextRecord:
    """The window of a thread. Raises `TooLarge` if its newest turn has more messages or bytes than one window reads."""
    if counter is None:  # the vocabulary of an encoding is read from a file, once
        known = query.counter in COUNTERS
        counter = counter_of(query.counter) if known else await asyncio.to_thread(counter_of, query.counter)
    demand = Demand(
        format=query.format,
        max_tokens=query.max_tokens,
        counter=counter,
        choices=Choices(query.include_incomplete, query.unanswered == "mark"),
        shorten_outputs=query.shorten_outputs,
        use_summaries=query.use_summaries,
    )
    window = await _read(reads, runtime, demand)
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
        summaries=[_named(summary) for summary in window.summaries],
        pinned=window.pinned,
        to_summarize=_to_summarize(thread_id, window),
    )


def _named(summary: Any) -> dict[str, Any]:
    covers = {name: summary["covers"][name] for name in ("from_seq", "upto_seq")}
    return {"id": summary["id"] if "id" in summary else summary["_id"], "seq": summary["seq"], **covers}


def _to_summarize(thread_id: str, window: Window) -> dict[str, Any] | None:
    if window.to_summarize is None:
        return None
    first, last = window.to_summarize
    cursors = {"after": cursor_at(thread_id, first - 1), "before": cursor_at(thread_id, last + 1)}
    return {"from_seq": first, "upto_seq": last, **cursors}


async def _read(reads: ThreadReads, runtime: Runtime, demand: Demand) -> Window:
    """Reads pages backwards. If the first one is not the whole thread, its beginning and the recalled rows are read too.

    The beginning is among the recalled rows, unless it was changed or imported.
    """
    most, room = runtime.limits.max_page, runtime.tuning.history_bytes
    limit = min(max(_SMALLEST_PAGE, demand.max_tokens // _TOKENS_OF_MESSAGE), most)
    query = MessageQuery.model_validate({"limit": limit, "order": "desc"}, context=runtime.limits)
    page = await reads.page(query)
    rows: list[Any] = [*reversed(page)]
    if not page.has_more:
        return await _computed(runtime, reads.owner, _whole(rows), demand, window_of)
    recalled = await reads.recalled()
    beginning = beginning_of(recalled) or await _first(reads, runtime)
    history = History(head_of(beginning), rows, whole=False, recalled=recalled)
    while (window := await _computed(runtime, reads.owner, history, demand, settled_window)) is None:
        room -= sum(len(as_json(record)) for record in page)
        if len(rows) >= _MOST_MESSAGES or room < 0:
            if not any(row["role"] == "user" for row in rows):
                raise TooLarge("newest turn", _MOST_MESSAGES, "messages")
            return await _computed(runtime, reads.owner, history, demand, window_of)
        tokens = await _computed(runtime, reads.owner, history, demand, tokens_of_turns)
        limit = min(max(_SMALLEST_PAGE, _missing(len(rows), tokens, demand.max_tokens)), most)
        page = await reads.page(query.model_copy(update={"limit": limit, "after": page.next_cursor}))
        rows[:0] = reversed(page)
        if not page.has_more:
            return await _computed(runtime, reads.owner, _whole(rows, history), demand, window_of)
    return window


async def _first(reads: ThreadReads, runtime: Runtime) -> Sequence[Any]:
    if (found := await reads.first()) is not None:
        return found
    limit = min(MOST_INSTRUCTIONS, runtime.limits.max_page)
    return await reads.page(MessageQuery.model_validate({"limit": limit}, context=runtime.limits))


def _whole(rows: list[Any], read: History | None = None) -> History:
    head = head_of(rows)
    known = {} if read is None else {"recalled": read.recalled, "turns": read.turns, "counted": read.counted}
    return History(head, rows[len(head) :], whole=True, **known)  # type: ignore[arg-type]  # named fields of `read`


async def _computed(
    runtime: Runtime, owner: str, history: History, demand: Demand, work: Callable[[History, Demand], T]
) -> T:
    """The result of `work`. The function of a caller that counts tokens stays in the thread of the caller."""
    if demand.counter not in COUNTERS.values():
        return work(history, demand)
    counter = Abandonable(demand.counter)
    try:
        return await runtime.long_work.run(owner, history.rows, lambda: work(history, replace(demand, counter=counter)))
    finally:
        counter.is_abandoned = True


def _missing(count: int, tokens: int, wanted: int) -> int:
    """A guess how many more messages fill the budget, plus a quarter. It assumes that they are like the `count` messages read."""
    most = count * _GROWTH
    return min(most, (wanted - tokens) * count * 5 // (tokens * 4) + 1) if tokens else most
