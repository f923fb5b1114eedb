"""Counts and times of requests, for Prometheus: `GET /metrics`, with an admin or service key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.responses import Response
from starlette.routing import Route

from ..services.rights import require
from .authentication import services_of

if TYPE_CHECKING:
    from starlette.requests import Request

NO_TELEMETRY: Any = {"tracing": False, "metrics": False, "logs": False}
"""FastAPI's own: it would look for a provider at every request, and report the text of messages that are refused."""
_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorOut"}}}
DESCRIPTION: dict[str, Any] = {
    "/metrics": {
        "get": {
            "tags": ["health"],
            "summary": "Figures for Prometheus",
            "description": "For services and admins: requests and their times by route and status, of this process.",
            "operationId": "metrics",
            "responses": {
                "200": {"description": "The figures.", "content": {"text/plain": {"schema": {"type": "string"}}}},
                "401": {"description": "`Unauthorized`: No key, or one that does not work.", "content": _ERROR},
                "403": {"description": "`Forbidden`: The key has no right to this.", "content": _ERROR},
                "503": {"description": "`Unavailable`: Try again.", "content": _ERROR},
            },
        }
    }
}
"""What FastAPI cannot know of a route that does not answer in JSON."""
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The figures of one application, in this process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._seconds = Histogram(
            "threadkeep_request_seconds",
            "Time from a request's arrival to the end of its answer.",
            labels,
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.refused = Counter(
            "threadkeep_requests_refused_total",
            "Requests refused because too many were waiting.",
            registry=self.registry,
        )
        self._children: dict[tuple[str, str, int], Histogram] = {}

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request has ended; the histogram's count is the number of requests."""
        key = (method, route, status)
        child = self._children.get(key)
        if child is None:  # looking a child up by its labels costs more than counting
            child = self._children[key] = self._seconds.labels(method, route, str(status))
        child.observe(seconds)

    def route(self) -> Route:
        """Where the figures are read."""

        async def metrics(request: Request) -> Response:
            require(services_of(request).caller, "read metrics")
            return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)

        return Route("/metrics", metrics, include_in_schema=False)
