"""The figures in the form in which Prometheus reads them."""

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

__all__ = ["CONTENT_TYPE_LATEST", "exposed"]
_BOUNDS = [*(str(float(bound)) for bound in BUCKETS), "+Inf"]


def exposed(metrics: Metrics) -> bytes:
    """All figures, as text."""
    registry = CollectorRegistry()
    registry.register(_Figures(metrics))
    return generate_latest(registry)


class _Figures(Collector):
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        """Each figure; a bucket counts what the ones before it count, too."""
        seconds = HistogramMetricFamily(
            "threadkeep_request_seconds",
            "Time from a request's arrival to the end of its answer.",
            labels=("method", "route", "status"),
        )
        for (method, route, status), times in self._metrics.times.items():
            buckets = [*zip(_BOUNDS, accumulate(times.counts), strict=True)]
            seconds.add_metric((method, route, str(status)), buckets, times.seconds)
        yield seconds
        refused = "Requests refused because too many were waiting."
        yield CounterMetricFamily("threadkeep_requests_refused_total", refused, value=self._metrics.refused)
