"""`GET /metrics`: counts and times of requests for Prometheus. Admin keys and service keys may read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.routing import Route

from ..services import require
from .http import CONNECTION, operations_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from .http import Metrics

_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorOut"}}}
DESCRIPTION: dict[str, Any] = {
    "/metrics": {
        "get": {
            "tags": ["health"],
            "summary": "Metrics for Prometheus",
            "description": (
                "For services and admins: counts and times of requests in this process, by route and status, the budgets, and "
                "failures of background work."
            ),
            "operationId": "metrics",
            "responses": {
                "200": {"description": "The metrics.", "content": {"text/plain": {"schema": {"type": "string"}}}},
                "401": {
                    "description": "`Unauthorized`: The request has no API key, or the key does not work.",
                    "content": _ERROR,
                },
                "403": {"description": "`Forbidden`: The key has no right to do this.", "content": _ERROR},
                "503": {"description": "`Unavailable`: Try again.", "content": _ERROR},
            },
        }
    }
}
"""The OpenAPI description of the route. FastAPI cannot describe a route that does not answer in JSON."""


def metrics_route(metrics: Metrics) -> Route:
    """The route that answers with `metrics` in the text format of Prometheus."""

    async def read_metrics(request: Request) -> Response:
        operations = operations_of(request)
        require(operations.caller, "read metrics")
        from .http import exposition  # noqa: PLC0415 - loads the library of Prometheus, which takes more than 1 MB of memory

        runtime = operations.runtime
        content, media_type = exposition(
            metrics,
            runtime.background.failures.counts,
            request.scope.get(CONNECTION),
            long_histories=runtime.long_work.budget,
        )
        return Response(content, media_type=media_type)

    return Route("/metrics", read_metrics, include_in_schema=False)
