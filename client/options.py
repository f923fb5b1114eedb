"""How a client speaks to its server: where, with which key, how patiently."""

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
"""Idle ones are given up before the server closes them, at thirty seconds, or a request could meet the closing."""
_CONNECT_SECONDS = 5.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0

Timeout = float | httpx2.Timeout | None


@functools.cache
def certificates() -> ssl.SSLContext:
    """The authorities that this machine trusts, read once for all clients: reading takes 25 ms."""
    return httpx2.create_ssl_context()


def full_jitter(retries: int) -> float:
    """Seconds to wait before the next try: anything up to a bound that doubles each time, so that clients spread."""
    return random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**retries))  # noqa: S311 - spreads load, hides nothing


@dataclass(frozen=True, slots=True)
class Options:
    """What `exchange` needs to know."""

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
        """What is not given comes from the environment; an address or a key that cannot be one raises `ValueError`."""
        address = base_url or os.environ.get("THREADKEEP_URL") or DEFAULT_URL
        key = os.environ.get("THREADKEEP_API_KEY") if api_key is None else api_key
        headers = {"User-Agent": f"threadkeep/{__version__}"}
        if key:
            if not key.isascii() or not key.isprintable() or " " in key:
                raise ValueError("The API key holds characters that no key has.")
            headers["Authorization"] = f"Bearer {key}"
        return cls(_checked(address), headers, _patience(timeout), max_retries, backoff)

    def changed(self, timeout: Timeout, max_retries: int | None, idempotency_key: str | None) -> Self:
        """The same with what is not None in place of what was."""
        return replace(
            self,
            timeout=self.timeout if timeout is None else _patience(timeout),
            max_retries=self.max_retries if max_retries is None else max_retries,
            idempotency_key=self.idempotency_key if idempotency_key is None else idempotency_key,
        )


def _patience(timeout: Timeout) -> httpx2.Timeout:
    if isinstance(timeout, (int, float)):
        return httpx2.Timeout(timeout, connect=min(timeout, _CONNECT_SECONDS))
    return httpx2.Timeout(timeout)


def _checked(address: str) -> str:
    try:
        url = httpx2.URL(address)
    except httpx2.InvalidURL as error:
        raise ValueError(f"The base_url {address!r} is not an address: {error}") from error
    if url.userinfo or url.query or url.fragment:
        raise ValueError("The base_url must not hold a user, a query or a fragment; the key is `api_key`.")
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError(f"The base_url {address!r} must begin with http:// or https:// and name a host.")
    return address.rstrip("/")
