"""Recognises keyless retries by the headers of the OpenAI SDK (decision 0022)."""

from __future__ import annotations

from starlette.requests import Request

from ...services import KeylessRetry
from ..http import settings_of

_DEFAULT_TIMEOUT, _MAX_TIMEOUT = 600.0, 3600.0
_MAX_PAUSE = 10.0
_MAX_CLOCK_DIFFERENCE = 60.0
_MAX_ATTEMPTS = 100


def keyless_retry_of(request: Request) -> KeylessRetry | None:
    """The possible ages of the first attempt, in seconds. None for a first attempt, and if there is an `Idempotency-Key`.

    The SDK sends a request again in two cases. The connection broke: it waits for at most eight seconds. Or its timeout
    passed without an answer: it sends the request again at once or after that pause. So the age is in one of two ranges.
    """
    attempt = _attempt(request.headers.get("x-stainless-retry-count"))
    if not attempt or "idempotency-key" in request.headers:
        return None
    timeout = _timeout(request.headers.get("x-stainless-read-timeout"))
    delay = _MAX_PAUSE + settings_of(request.scope).database_timeout_seconds
    after_broken_connection = (-_MAX_CLOCK_DIFFERENCE, attempt * delay)
    after_timeout = (timeout - delay, attempt * (timeout + delay))
    return KeylessRetry(attempt, (after_broken_connection, after_timeout))


def _attempt(sent: str | None) -> int:
    """The number of earlier attempts, at most 100. A header of another form counts as 0."""
    if sent is None or not (sent.isascii() and sent.isdecimal()) or len(sent) > len(str(_MAX_ATTEMPTS)):
        return 0
    return min(int(sent), _MAX_ATTEMPTS)


def _timeout(sent: str | None) -> float:
    try:
        seconds = float(sent or _DEFAULT_TIMEOUT)
    except ValueError:
        return _DEFAULT_TIMEOUT
    return min(max(seconds, 0.0), _MAX_TIMEOUT) if seconds == seconds else _DEFAULT_TIMEOUT  # noqa: PLR0124 - NaN
