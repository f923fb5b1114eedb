"""The HTTP machinery that all APIs share: middleware, routes, headers, and the OpenAPI description."""

from .authentication import OPERATIONS, Authentication, operations_of
from .boundary import ErrorBoundary, ErrorRenderer, log_unavailable
from .dispatch import DispatchTable
from .etags import (
    IF_MATCH_MESSAGE,
    IF_MATCH_THREAD,
    Expected,
    expected_of_message,
    expected_of_thread,
    message_etag,
    thread_etag,
)
from .not_found import raise_threadkeep_error
from .openapi import describe
from .request_context import REQUEST_ID, RequestContext
from .request_metrics import NO_TELEMETRY, Metrics
from .route import SECRET, EndpointResponse, FastRoute, StrictRoute, settings_of
from .swagger_ui import add_documentation

__all__ = [
    "IF_MATCH_MESSAGE",
    "IF_MATCH_THREAD",
    "NO_TELEMETRY",
    "OPERATIONS",
    "REQUEST_ID",
    "SECRET",
    "Authentication",
    "DispatchTable",
    "EndpointResponse",
    "ErrorBoundary",
    "ErrorRenderer",
    "Expected",
    "FastRoute",
    "Metrics",
    "RequestContext",
    "StrictRoute",
    "add_documentation",
    "describe",
    "expected_of_message",
    "expected_of_thread",
    "log_unavailable",
    "message_etag",
    "operations_of",
    "raise_threadkeep_error",
    "settings_of",
    "thread_etag",
]
