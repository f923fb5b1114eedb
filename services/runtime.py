"""The runtime: the objects that all services of one Threadkeep share."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn, Protocol

from .idempotency import ReplayedAnswers
from .long_work import LongWork
from .revocations import Revocations
from .tuning import Tuning

if TYPE_CHECKING:
    from ..documents import Documents
    from ..settings import Limits
    from .appends import Appender
    from .commits import PopWork
    from .idempotency import Claims
    from .maintenance import Background
    from .paging import TimeWindows


@dataclass(frozen=True, slots=True)
class Runtime:
    """The documents, limits, lanes, background tasks, the work after pops, claims and caches of one Threadkeep."""

    documents: Documents
    limits: Limits
    appender: Appender
    background: Background
    claims: Claims
    time_windows: TimeWindows
    pop_work: PopWork
    replayed_answers: ReplayedAnswers = field(default_factory=ReplayedAnswers)
    tuning: Tuning = field(default_factory=Tuning)
    revocations: Revocations = field(default_factory=Revocations)
    long_work: LongWork = field(default_factory=LongWork)
    imports_waiting: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when this process has accepted an import: its worker looks at once."""

    def let_go(self, reason: str) -> None:
        """Replace the parts that use connections or tasks. Their later use raises `RuntimeError` with the reason."""
        for name in ("documents", "appender", "background", "claims", "time_windows", "pop_work"):
            object.__setattr__(self, name, _GivenUp(reason))


class _GivenUp:
    """Stands for a part of a runtime in a child process, where the part must not be used."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def __getattr__(self, name: str) -> NoReturn:
        raise RuntimeError(self._reason)


class HasRuntime(Protocol):
    """An open Threadkeep, for code below it: imports and exports."""

    @property
    def runtime(self) -> Runtime:
        """What all services share."""
