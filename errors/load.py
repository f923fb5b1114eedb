"""Temporary errors: a client, the database or the process is too slow or too busy."""

from __future__ import annotations

import math

from .base import ThreadkeepError


class RequestTimeout(ThreadkeepError):
    """The body of the request did not arrive in time. Nothing was done."""

    status = 408

    def __init__(self) -> None:
        super().__init__("The request did not arrive in time.")


class Unavailable(ThreadkeepError):
    """The database did not answer in time. A write may have happened; a retry with the same idempotency key is safe."""

    status = 503
    retry_after = 1
    reason = "The database does not answer."

    def __init__(self, reason: str = reason) -> None:
        super().__init__(f"{reason} Please try again.")
        self.reason = reason


class Overloaded(Unavailable):
    """The process already works on as many requests as its settings allow. Nothing was done."""

    def __init__(self) -> None:
        super().__init__("Too many requests are under way.")


class RateLimited(ThreadkeepError):
    """The API key has sent more requests, or more bytes, than it may in a second. Nothing was done."""

    status = 429

    def __init__(self, kind: str = "requests", per_second: float = 0, seconds: float = 1) -> None:
        super().__init__(f"This key may send {per_second:,.12g} {kind} per second. Please try again later.")
        self.kind = kind
        self.per_second = per_second
        self.retry_after = max(1, math.ceil(seconds))
