"""How the native door words errors: `{"error": class, "detail": sentence or problems, …facts}`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from ...errors import InvalidInput, StillRunning, ThreadkeepError, Unauthorized, Unavailable


class ErrorOut(BaseModel):
    """What went wrong."""

    error: str
    """The error's class, as the Python client raises it."""
    detail: str | list[dict[str, Any]]
    """A sentence; for invalid input a list of `loc`, `msg`, `type` and, for a limit, its number in `ctx`."""


def render_error(error: ThreadkeepError) -> tuple[int, object, list[tuple[bytes, bytes]]]:
    """Status, JSON and headers for an error."""
    headers: list[tuple[bytes, bytes]] = []
    if isinstance(error, (Unavailable, StillRunning)):
        headers.append((b"retry-after", str(error.retry_after).encode()))
    if isinstance(error, Unauthorized):
        headers.append((b"www-authenticate", b"Bearer"))
    if isinstance(error, InvalidInput):
        return error.status, {"error": type(error).__name__, "detail": error.problems}, headers
    return error.status, {"error": type(error).__name__, "detail": str(error), **error.facts}, headers


def errors(*classes: type[ThreadkeepError]) -> dict[int | str, dict[str, Any]]:
    """What a route may answer instead, for its documentation; the usual ones are always there."""
    by_status: dict[int | str, list[str]] = {}
    said: tuple[type[ThreadkeepError], ...] = (*classes, Unauthorized, Unavailable)
    for error in said:
        by_status.setdefault(error.status, []).append(f"`{error.__name__}`: {error.summary()}")
    return {status: {"model": ErrorOut, "description": "\n".join(sentences)} for status, sentences in by_status.items()}
