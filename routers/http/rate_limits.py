"""Limits the requests and the bytes of each API key per second."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cachetools import LRUCache

from ...errors import RateLimited

if TYPE_CHECKING:
    from ...services import Caller
    from ...settings import Settings

_BURST_SECONDS = 10
"""A key that was idle may send as much at once as this many seconds allow, and at least one request."""
_MAX_KEYS = 10_000


@dataclass(slots=True)
class Allowance:
    """The requests and bytes that an owner had left at the time of its last request."""

    requests: float
    bytes: float
    at: float


class RateLimits:
    """A token bucket for the requests, and one for the bytes, of each owner of keys in this process (`Caller.owner`)."""

    def __init__(self, settings: Settings) -> None:
        self._requests = settings.key_requests_per_second
        self._requests_of_users = settings.user_key_requests_per_second
        self._bytes = settings.key_bytes_per_second
        self._allowances: LRUCache[str, Allowance] = LRUCache(_MAX_KEYS)
        self.refused = 0
        """The number of requests that were refused."""

    def check(self, caller: Caller) -> Allowance:
        """Count one request of the caller's key, and return the allowance of its owner.

        Raises `RateLimited` if the key has no request, or no byte, left.
        """
        rate = self._requests_of_users if caller.scope == "user" else self._requests
        allowance = self._allowance(caller.owner, rate)
        if rate and allowance.requests < 1:
            self.refused += 1
            raise RateLimited("requests", rate, (1 - allowance.requests) / rate)
        if self._bytes and allowance.bytes < 0:
            self.refused += 1
            raise RateLimited("bytes", self._bytes, -allowance.bytes / self._bytes)
        allowance.requests -= 1
        return allowance

    def _allowance(self, owner: str, rate: float) -> Allowance:
        moment, burst = time.monotonic(), _burst(rate)
        try:
            allowance = self._allowances[owner]  # `get` would look the owner up twice
        except KeyError:
            allowance = self._allowances[owner] = Allowance(burst, self._bytes * _BURST_SECONDS, moment)
        passed, allowance.at = moment - allowance.at, moment
        allowance.requests = min(burst, allowance.requests + passed * rate)
        allowance.bytes = min(self._bytes * _BURST_SECONDS, allowance.bytes + passed * self._bytes)
        return allowance


def _burst(rate: float) -> float:
    """The most requests at once. A rate below one request in ten seconds must not refuse them all."""
    return max(1, rate * _BURST_SECONDS)


def rate_limit_headers(error: RateLimited) -> list[tuple[bytes, bytes]]:
    """The headers of the IETF's draft on rate limits: the policy, and how much of it is left."""
    window = max(1, math.ceil(1 / error.per_second)) if error.per_second else 1
    policy = f'"{error.kind}";q={error.per_second * window:.0f};w={window}'
    return [
        (b"ratelimit-policy", policy.encode()),
        (b"ratelimit", f'"{error.kind}";r=0;t={error.retry_after}'.encode()),
    ]
