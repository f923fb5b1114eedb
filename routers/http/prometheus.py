"""Renders the metrics of requests in the text format of Prometheus."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from .request_metrics import BUCKETS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric

    from .request_metrics import Metrics

__all__ = ["CONTENT_TYPE_LATEST", "exposition"]
_BOUNDS = [*(str(float(bound)) for bound in BUCKETS), "+Inf"]


def exposition(metrics: Metrics) -> bytes:
    """All metrics as text."""
    registry = CollectorRegistry()
    registry.register(_RequestCollector(metrics))
    return generate_latest(registry)


class _RequestCollector(Collector):
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

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
        refused = "Requests that were refused because too many requests waited."
        yield CounterMetricFamily("threadkeep_requests_refused_total", refused, value=self._metrics.refused)
