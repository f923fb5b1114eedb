"""Who asks: the key of a request, verified once and believed for a few seconds."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, cast

from starlette.requests import Request

from ...errors import Unauthorized, Unavailable
from .body import header

if TYPE_CHECKING:
    import asyncio

    from starlette.types import Scope

    from ...keep import Services, Threadkeep

SERVICES = "threadkeep.services"
"""Where a request's scope holds the services with the caller's rights."""
_MOST_CACHED = 10_000
_LONGEST_KEY = 512


class Authentication:
    """Verifies keys; a revoked key is believed for at most `cache_seconds`, on every process."""

    def __init__(self, keep: Threadkeep, opened: asyncio.Future[None], *, enabled: bool, cache_seconds: float) -> None:
        """`opened` is done when the database is open and the key of the settings works."""
        self._keep = keep
        self._opened = opened
        self._enabled = enabled
        self._cache_seconds = cache_seconds
        self._verified: OrderedDict[bytes, tuple[float, Services]] = OrderedDict()

    @property
    def is_ready(self) -> bool:
        """Whether there is a database to look keys up in, with the key of the settings in it."""
        return self._opened.done() and self._keep.is_open

    async def services_for(self, scope: Scope) -> Services:
        """The services with the rights of the request's key; raises `Unauthorized`, or `Unavailable` at start."""
        if not self.is_ready:
            raise Unavailable("The service is starting.")
        if not self._enabled:
            return self._keep.services
        key = key_in(scope)
        digest = hashlib.sha256(key).digest()
        known = self._verified.get(digest)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        return await self._verify(key, digest)

    async def _verify(self, key: bytes, digest: bytes) -> Services:
        self._verified.pop(digest, None)
        caller = await self._keep.key_service.verify(key.decode("latin-1"))
        if caller is None:
            raise Unauthorized("This API key is unknown, expired or revoked.")
        services = self._keep.acting_as(caller)
        self._verified[digest] = (time.monotonic() + self._cache_seconds, services)
        if len(self._verified) > _MOST_CACHED:
            self._verified.popitem(last=False)
        return services


def key_in(scope: Scope) -> bytes:
    """The key that a request shows, as `Authorization: Bearer` or `X-API-Key`."""
    bearer = header(scope, b"authorization")
    key = bearer[7:].strip() if bearer is not None and bearer[:7].lower() == b"bearer " else b""
    key = key or header(scope, b"x-api-key") or b""
    if not key or len(key) > _LONGEST_KEY:
        raise Unauthorized("Missing API key: send it as 'Authorization: Bearer …' or in 'X-API-Key'.")
    return key


def services_of(request: Request) -> Services:
    """The services with the rights of the request's key."""
    return cast("Services", request.scope[SERVICES])
