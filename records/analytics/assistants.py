"""Records about assistants and tools."""

from __future__ import annotations

from ..record import Record


class GivenUp(Record):
    """The messages of one assistant, and how many of them ended incomplete."""

    assistant_id: str | None
    messages: int
    incomplete: int
    share: float | None

    __slots__ = ()


class ToolCalls(Record):
    """The calls of one tool, and percentiles of the seconds until their answers."""

    tool: str
    calls: int
    answered: int
    failed: int
    failure_share: float | None
    p50: float | None
    p90: float | None

    __slots__ = ()


class SharedThreads(Record):
    """The number of threads in which both assistants wrote."""

    one: str
    other: str
    threads: int

    __slots__ = ()


class HandOvers(Record):
    """How often the assistant `after` wrote after the assistant `before`."""

    before: str
    after: str
    hand_overs: int
    threads: int

    __slots__ = ()
