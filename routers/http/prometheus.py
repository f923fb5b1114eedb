"""Renders the metrics of requests in the text format of Prometheus."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from ...errors import InvalidInput
from .request_metrics import BUCKETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prometheus_client import Metric

    from ...budgets import Budget
    from .admission import Admission
    from .connection import Connection
    from .request_metrics import Metrics

CONNECTION_LIMITS = ("too_many", "gave_way", "pipelined", "headers", "body", "slow_request", "slow_response")
"""The limits for which a connection is ended."""
_BOUNDS = [*(str(float(bound)) for bound in BUCKETS), "+Inf"]


def exposition(
    metrics: Metrics, failures: Mapping[str, int], connection: Connection | None = None, **budgets: Budget
) -> tuple[bytes, str]:
    """All metrics in the text format of Prometheus, and the media type of that format.

    `failures` are the failures of background work, by its name. `connection` is one of our server, if it serves this process.
    `budgets` are shown beside those of the admission.
    """
    registry = CollectorRegistry()
    registry.register(_RequestCollector(metrics, failures, connection, metrics.admission.budgets() | budgets))
    return generate_latest(registry), CONTENT_TYPE_LATEST


class _RequestCollector(Collector):
    def __init__(
        self,
        metrics: Metrics,
        failures: Mapping[str, int],
        connection: Connection | None,
        budgets: Mapping[str, Budget],
    ) -> None:
        self._metrics = metrics
        self._failures = failures
        self._budgets = budgets
        self._connection = connection

    def collect(self) -> Iterator[Metric]:
        """Each metric. The buckets are cumulative, as Prometheus requires: each includes the smaller ones."""
        seconds = HistogramMetricFamily(
            "threadkeep_request_seconds",
            "Time from the arrival of a request to the end of its answer.",
            labels=("method", "route", "status"),
        )
        for (method, route, status), times in self._metrics.times.items():
            buckets = [*zip(_BOUNDS, accumulate(times.counts), strict=True)]
            seconds.add_metric((method, route, str(status)), buckets, times.seconds)
        yield seconds
        yield from _budgets(self._metrics.admission, self._budgets, self._connection)
        failed = CounterMetricFamily(
            "threadkeep_background_failures", "Failures of work that no request waits for.", labels=("work",)
        )
        for work, count in self._failures.items():
            failed.add_metric((work,), count)
        yield failed


def _budgets(admission: Admission, budgets: Mapping[str, Budget], connection: Connection | None) -> Iterator[Metric]:
    """The budgets of the process: the limit of each, the amount in use, and the requests that wait for it."""
    if connection is not None:
        ended = CounterMetricFamily(
            "threadkeep_connections_ended",
            "Connections that were ended because they exceeded a limit.",
            labels=("limit",),
        )
        for limit in CONNECTION_LIMITS:
            ended.add_metric((limit,), connection.ended.get(limit, 0))
        yield ended
    refused = "Requests that were refused because too many requests waited."
    yield CounterMetricFamily("threadkeep_requests_refused_total", refused, value=admission.refused)
    limited = "Requests that were refused because their API key had sent too much."
    yield CounterMetricFamily("threadkeep_requests_rate_limited_total", limited, value=admission.rate_limits.refused)
    left_out = "Problems of the input that errors did not name, because there were too many."
    yield CounterMetricFamily("threadkeep_problems_left_out_total", left_out, value=InvalidInput.left_out)
    families = {
        "limit": GaugeMetricFamily("threadkeep_budget_limit", "The limit of a budget.", labels=("budget",)),
        "used": GaugeMetricFamily("threadkeep_budget_used", "The amount of a budget in use.", labels=("budget",)),
        "waiters": GaugeMetricFamily(
            "threadkeep_budget_waiting", "Requests that wait for a budget.", labels=("budget",)
        ),
    }
    for name, budget in budgets.items():
        for field, family in families.items():
            family.add_metric((name,), getattr(budget, field))
    if connection is not None:
        families["limit"].add_metric(("connections",), connection.max_connections)
        families["used"].add_metric(("connections",), len(connection.connections))
    yield from families.values()
