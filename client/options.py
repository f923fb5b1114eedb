"""The options of a client: URL, headers, timeout and retries."""

from __future__ import annotations

import functools
import os
import random
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

import httpx2

from .._version import __version__

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

DEFAULT_URL = "http://127.0.0.1:8000"
CONNECTIONS = httpx2.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=20)
"""The server closes idle connections after 30 seconds. The client drops them earlier, so no request meets a closed one."""
_CONNECT_SECONDS = 5.0
_FIRST_BACKOFF_SECONDS, _MAX_BACKOFF_SECONDS = 0.5, 8.0

Timeout = float | httpx2.Timeout | None


@functools.cache
def certificates() -> ssl.SSLContext:
    """Return the TLS context with the trusted authorities of this machine, which is read once: reading takes 25 ms."""
    return httpx2.create_ssl_context()


def full_jitter(retries: int) -> float:
    """Return random seconds to wait before the next try, so that clients do not retry at the same time.

    The upper bound is 0.5 s, doubles with each retry, and ends at 8 s.
    """
    return random.uniform(0, min(_MAX_BACKOFF_SECONDS, _FIRST_BACKOFF_SECONDS * 2**retries))  # noqa: S311 - spreads load, protects no secret


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one client, or of one copy that `with_options` made."""

    base_url: str
    headers: dict[str, str] = field(repr=False)
    timeout: httpx2.Timeout
    max_retries: int
    backoff: Callable[[int], float]
    idempotency_key: str | None = None

    @classmethod
    def given(
        cls,
        base_url: str | None,
        api_key: str | None,
        *,
        timeout: Timeout,
        max_retries: int,
        backoff: Callable[[int], float],
    ) -> Self:
        """Return the options of these arguments; a missing URL or key is read from the environment.

        Raises `ValueError` for an invalid URL or key.
        """
        address = base_url or os.environ.get("THREADKEEP_URL") or DEFAULT_URL
        key = os.environ.get("THREADKEEP_API_KEY") if api_key is None else api_key
        headers = {"User-Agent": f"threadkeep/{__version__}"}
        if key:
            if not key.isascii() or not key.isprintable() or " " in key:
                raise ValueError("The API key contains characters that no API key has.")
            headers["Authorization"] = f"Bearer {key}"
        return cls(_valid_url(address), headers, _httpx_timeout(timeout), max_retries, backoff)

    def changed(self, timeout: Timeout, max_retries: int | None, idempotency_key: str | None) -> Self:
        """Return these options after replacing each option whose argument is not None."""
        return replace(
            self,
            timeout=self.timeout if timeout is None else _httpx_timeout(timeout),
            max_retries=self.max_retries if max_retries is None else max_retries,
            idempotency_key=self.idempotency_key if idempotency_key is None else idempotency_key,
        )


def _httpx_timeout(timeout: Timeout) -> httpx2.Timeout:
    if isinstance(timeout, (int, float)):
        return httpx2.Timeout(timeout, connect=min(timeout, _CONNECT_SECONDS))
    return httpx2.Timeout(timeout)


def _valid_url(address: str) -> str:
    try:
        url = httpx2.URL(address)
    except httpx2.InvalidURL as error:
        raise ValueError(f"The base_url {address!r} is not a URL: {error}") from error
    if url.userinfo or url.query or url.fragment:
        raise ValueError("The base_url must not hold a user, a query or a fragment; pass the key as `api_key`.")
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError(f"The base_url {address!r} must begin with http:// or https:// and contain a host.")
    return address.rstrip("/")
