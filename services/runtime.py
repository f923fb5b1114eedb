"""What all services of one Threadkeep share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .idempotency.answered import ReplayedAnswers

if TYPE_CHECKING:
    from ..documents import Documents
    from ..settings import Limits
    from .appends.appender import Appender
    from .idempotency.claims import Claims
    from .maintenance.background import Background
    from .paging.time_windows import TimeWindows


@dataclass(frozen=True, slots=True)
class Runtime:
    """The documents, the limits, the lanes in which appends queue, and the work that goes on behind requests."""

    documents: Documents
    limits: Limits
    appender: Appender
    background: Background
    claims: Claims
    time_windows: TimeWindows
    replayed_answers: ReplayedAnswers = field(default_factory=ReplayedAnswers)
