"""Renders errors in the format of the native API: `{"error": class, "detail": sentence or problems, …facts}`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from ...errors import InvalidInput, RateLimited, StillRunning, ThreadkeepError, Unauthorized, Unavailable
from ..http import rate_limit_headers


class ErrorOut(BaseModel):
    """The error of a request."""

    error: str
    """The name of the error's class. The Python client raises this class."""
    detail: str | list[dict[str, Any]]
    """A sentence. For invalid input it is a list of problems with `loc`, `msg`, `type` and, for a limit, its number in `ctx`."""


def render_error(error: ThreadkeepError) -> tuple[int, object, list[tuple[bytes, bytes]]]:
    """The status, the body as a JSON value, and the headers of the response."""
    headers: list[tuple[bytes, bytes]] = []
    if isinstance(error, (Unavailable, StillRunning, RateLimited)):
        headers.append((b"retry-after", str(error.retry_after).encode()))
    if isinstance(error, RateLimited):
        headers += rate_limit_headers(error)
    if isinstance(error, Unauthorized):
        headers.append((b"www-authenticate", b"Bearer"))
    if isinstance(error, InvalidInput):
        return error.status, {"error": type(error).__name__, "detail": error.problems}, headers
    return error.status, {"error": type(error).__name__, "detail": str(error), **error.facts}, headers


def errors(*classes: type[ThreadkeepError]) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI `responses` of a route that may raise `classes`. `Unauthorized` and `Unavailable` are always added."""
    by_status: dict[int | str, list[str]] = {}
    every: tuple[type[ThreadkeepError], ...] = (*classes, Unauthorized, Unavailable)
    for error in every:
        by_status.setdefault(error.status, []).append(f"`{error.__name__}`: {error.summary()}")
    return {status: {"model": ErrorOut, "description": "\n".join(sentences)} for status, sentences in by_status.items()}
