"""What the SDK says of a request that it sends again: how often it has tried, and how long it waits (decision 0022)."""

from __future__ import annotations

from starlette.requests import Request

from ...services import KeylessRetry
from ..http import settings_of

_USUAL_TIMEOUT, _LONGEST_TIMEOUT = 600.0, 3600.0
_LONGEST_PAUSE = 10.0
_CLOCKS_APART = 60.0
_MOST_ATTEMPTS = 100


def resent_of(request: Request) -> KeylessRetry | None:
    """When the first try may have been, if the SDK has tried before; an `Idempotency-Key` tells more, and goes first.

    Either its connection broke, and it came again after its pause of at most eight seconds; or it waited for as long as it
    waits, and then came again. In between there was nothing that would make it try.
    """
    attempt = _attempt(request.headers.get("x-stainless-retry-count"))
    if not attempt or "idempotency-key" in request.headers:
        return None
    timeout = _timeout(request.headers.get("x-stainless-read-timeout"))
    soon = _LONGEST_PAUSE + settings_of(request.scope).database_timeout_seconds
    broken = (-_CLOCKS_APART, attempt * soon)
    waited = (timeout - soon, attempt * (timeout + soon))
    return KeylessRetry(attempt, (broken, waited))


def _attempt(sent: str | None) -> int:
    """The SDK's count; anything else means a first try."""
    if sent is None or not (sent.isascii() and sent.isdecimal()) or len(sent) > len(str(_MOST_ATTEMPTS)):
        return 0
    return min(int(sent), _MOST_ATTEMPTS)


def _timeout(sent: str | None) -> float:
    try:
        seconds = float(sent or _USUAL_TIMEOUT)
    except ValueError:
        return _USUAL_TIMEOUT
    return min(max(seconds, 0.0), _LONGEST_TIMEOUT) if seconds == seconds else _USUAL_TIMEOUT  # noqa: PLR0124 - NaN
