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
    """Each sample of the times, by its name and labels."""
    families = text_string_to_metric_families(text.decode())
    found = (sample for family in families for sample in family.samples)
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for sample in found
        if sample.name.startswith(NAME) and not sample.name.endswith("_created")
    }


def test_times_are_told_as_the_official_histogram_tells_them() -> None:
    registry = CollectorRegistry()
    theirs = Histogram(NAME, "", LABELS, buckets=BUCKETS, registry=registry)
    ours = metrics_of_process()
    times = [*BUCKETS, 0, 1e9, *(0.003 * step**2 for step in range(80))]
    for seconds in times:
        for kind in (("GET", "/v1/threads/{thread_id}", 200), ("POST", "/v1/messages", 503)):
            ours.record(*kind, seconds)
            theirs.labels(*kind).observe(seconds)

    assert samples(exposition(ours)[0]) == samples(generate_latest(registry))


def test_refused_requests_are_counted() -> None:
    metrics = metrics_of_process()
    metrics.admission.refused += 2

    assert b"threadkeep_requests_refused_total 2.0" in exposition(metrics)[0]


def test_before_the_first_request_there_is_nothing_but_names() -> None:
    assert samples(exposition(metrics_of_process())[0]) == {}
