"""The HTTP machinery that all APIs share: middleware, routes, headers, and the OpenAPI description."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from .admission import Admission
from .app_state import settings_of
from .authentication import OPERATIONS, Authentication, operations_of
from .body import Upload
from .boundary import ErrorBoundary, ErrorRenderer, log_database_error
from .connection import CONNECTION, Connection
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
from .landing_page import LandingPage
from .not_found import raise_threadkeep_error
from .openapi import describe
from .rate_limits import rate_limit_headers
from .request_context import RequestContext
from .request_metrics import NO_TELEMETRY, Metrics
from .route import LARGE_PAGE_BYTES, SECRET, EndpointResponse, FastRoute, StrictRoute, answers_up_to
from .swagger_ui import add_documentation
from .upload import DESCRIPTION as UPLOAD_DESCRIPTION
from .upload import UploadRoute, upload_of

if TYPE_CHECKING:
    from .prometheus import exposition

__all__ = [
    "CONNECTION",
    "IF_MATCH_MESSAGE",
    "IF_MATCH_THREAD",
    "LARGE_PAGE_BYTES",
    "NO_TELEMETRY",
    "OPERATIONS",
    "SECRET",
    "UPLOAD_DESCRIPTION",
    "Admission",
    "Authentication",
    "Connection",
    "DispatchTable",
    "EndpointResponse",
    "ErrorBoundary",
    "ErrorRenderer",
    "Expected",
    "FastRoute",
    "LandingPage",
    "Metrics",
    "RequestContext",
    "StrictRoute",
    "Upload",
    "UploadRoute",
    "add_documentation",
    "answers_up_to",
    "describe",
    "expected_of_message",
    "expected_of_thread",
    "exposition",
    "log_database_error",
    "message_etag",
    "operations_of",
    "raise_threadkeep_error",
    "rate_limit_headers",
    "settings_of",
    "thread_etag",
    "upload_of",
]


def __getattr__(name: str) -> object:
    """Load `exposition` at its first use: most processes never need the library of Prometheus."""
    if name == "exposition":
        return import_module(".prometheus", __name__).exposition
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
