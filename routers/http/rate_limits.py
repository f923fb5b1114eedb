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
class _Bucket:
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
        self._buckets: LRUCache[str, _Bucket] = LRUCache(_MAX_KEYS)
        self.refused = 0
        """The number of requests that were refused."""

    def check(self, caller: Caller) -> None:
        """Count one request of the caller's key. Raises `RateLimited` if the key has no request, or no byte, left."""
        rate = self._requests_of_users if caller.scope == "user" else self._requests
        bucket = self._bucket(caller.owner, rate)
        if rate and bucket.requests < 1:
            self.refused += 1
            raise RateLimited("requests", rate, (1 - bucket.requests) / rate)
        if self._bytes and bucket.bytes < 0:
            self.refused += 1
            raise RateLimited("bytes", self._bytes, -bucket.bytes / self._bytes)
        bucket.requests -= 1

    def count_bytes(self, owner: str, size: int) -> None:
        """Count bytes of a body or a response of one owner."""
        try:
            bucket = self._buckets[owner]  # `get` would look the owner up twice
        except KeyError:
            return
        bucket.bytes -= size

    def _bucket(self, owner: str, rate: float) -> _Bucket:
        moment = time.monotonic()
        bucket = self._buckets.get(owner)
        if bucket is None:
            bucket = self._buckets[owner] = _Bucket(_burst(rate), self._bytes * _BURST_SECONDS, moment)
        passed, bucket.at = moment - bucket.at, moment
        bucket.requests = min(_burst(rate), bucket.requests + passed * rate)
        bucket.bytes = min(self._bytes * _BURST_SECONDS, bucket.bytes + passed * self._bytes)
        return bucket


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
