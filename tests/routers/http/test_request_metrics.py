from __future__ import annotations

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from threadkeep.routers.http.admission import Admission
from threadkeep.routers.http.prometheus import exposition
from threadkeep.routers.http.request_metrics import BUCKETS, Metrics
from threadkeep.settings import Settings

NAME = "threadkeep_request_seconds"
LABELS = ("method", "route", "status")


def metrics_of_process() -> Metrics:
    return Metrics(Admission(Settings(_env_file=None)))


def samples(text: bytes) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return the value of each sample of the request times, by its name and labels."""
    families = text_string_to_metric_families(text.decode())
    found = (sample for family in families for sample in family.samples)
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for sample in found
        if sample.name.startswith(NAME) and not sample.name.endswith("_created")
    }


def test_request_times_equal_those_of_the_official_histogram() -> None:
    registry = CollectorRegistry()
    official = Histogram(NAME, "", LABELS, buckets=BUCKETS, registry=registry)
    metrics = metrics_of_process()
    times = [*BUCKETS, 0, 1e9, *(0.003 * step**2 for step in range(80))]
    for seconds in times:
        for kind in (("GET", "/v1/threads/{thread_id}", 200), ("POST", "/v1/messages", 503)):
            metrics.record(*kind, seconds)
            official.labels(*kind).observe(seconds)

    assert samples(exposition(metrics, {})[0]) == samples(generate_latest(registry))


def test_refused_requests_are_counted() -> None:
    metrics = metrics_of_process()
    metrics.admission.refused += 2

    assert b"threadkeep_requests_refused_total 2.0" in exposition(metrics, {})[0]


def test_there_are_no_samples_before_the_first_request() -> None:
    assert samples(exposition(metrics_of_process(), {})[0]) == {}


def test_failures_of_background_work_are_counted_by_their_name() -> None:
    text, _ = exposition(metrics_of_process(), {"sweeper: erase users": 3})

    assert b'threadkeep_background_failures_total{work="sweeper: erase users"} 3.0' in text
