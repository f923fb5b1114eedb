"""Counts and times of requests, for Prometheus: `GET /metrics`, with an admin or service key."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.routing import Route

from ...services.rights import require
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
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""The longest seconds of each bucket; one more holds what took longer."""


@dataclass(slots=True)
class Times:
    """How many requests of one kind took how long."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    """By bucket, each request in one."""
    seconds: float = 0
    """Of all of them together."""


class Metrics:
    """The figures of one application, in this process; Prometheus' library words them when it asks (`exposition.py`)."""

    def __init__(self) -> None:
        self.refused = 0
        """Requests refused because too many were waiting."""
        self.times: dict[tuple[str, str, int], Times] = {}
        """By method, route and status."""

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request has ended."""
        times = self.times.get((method, route, status))
        if times is None:
            times = self.times[method, route, status] = Times()
        times.counts[bisect_left(BUCKETS, seconds)] += 1
        times.seconds += seconds

    def route(self) -> Route:
        """Where the figures are read."""

        async def metrics(request: Request) -> Response:
            require(services_of(request).caller, "read metrics")
            from .prometheus import CONTENT_TYPE_LATEST, exposed  # noqa: PLC0415 - over a megabyte, where nobody asks

            return Response(exposed(self), media_type=CONTENT_TYPE_LATEST)

        return Route("/metrics", metrics, include_in_schema=False)
