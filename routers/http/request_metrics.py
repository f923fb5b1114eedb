"""Counts requests and their times, for `GET /metrics`."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .admission import Admission

NO_TELEMETRY: Any = {"tracing": False, "metrics": False, "logs": False}
"""Switches FastAPI's own telemetry off. It looks for a provider at every request, and reports the text of refused messages."""
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""The upper bound of each bucket in seconds. One more bucket counts the longer times."""


@dataclass(slots=True)
class Times:
    """The number and the duration of the requests with one method, route and status."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    """The number of requests in each bucket. Each request is in exactly one bucket."""
    seconds: float = 0
    """The sum of all durations."""


class Metrics:
    """The counts and times of one application in this process."""

    def __init__(self, admission: Admission) -> None:
        self.admission = admission
        """The budgets of the process, and how many requests they refused."""
        self.times: dict[tuple[str, str, int], Times] = {}
        """The times by method, route and status."""

    def record(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request that has ended."""
        times = self.times.get((method, route, status))
        if times is None:
            times = self.times[method, route, status] = Times()
        times.counts[bisect_left(BUCKETS, seconds)] += 1
        times.seconds += seconds
