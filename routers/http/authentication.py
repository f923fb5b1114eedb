"""Finds the caller of a request by its API key. A verified key is cached for a few seconds."""

from __future__ import annotations

import asyncio
import hashlib
import re
from typing import TYPE_CHECKING

from cachetools import LRUCache, TTLCache
from starlette.requests import Request

from ...clock import now
from ...errors import Unauthorized, Unavailable
from .headers import header
from .local_requests import require_local

if TYPE_CHECKING:
    from starlette.types import Scope

    from ...keep import Threadkeep
    from ...services import Operations

_WRONG_KEY = "This API key is unknown, expired or revoked."
OPERATIONS = "threadkeep.operations"
"""The key of the operations, with the rights of the caller, in the scope of a request."""
_MAX_CACHED = 10_000
_KEY = re.compile(rb"tk_[ -~]{32,509}")
"""The form of every key. Other texts are refused without a look at the database."""
_REFUSED_SECONDS = 1.0
_STRANGERS_AT_ONCE = 8
"""Keys that were never valid in this process are looked up a few at a time, so that wrong keys do not delay valid ones."""


class Authentication:
    """Verifies API keys.

    A key that was revoked in this process, or whose user was erased here, stops at once. In the other processes it works
    for at most `cache_seconds` more. A key that expires stops at once in every process.
    """

    def __init__(self, keep: Threadkeep, opened: asyncio.Future[None], *, enabled: bool, cache_seconds: float) -> None:
        """`opened` is done when the database is open and the admin key of the settings is stored.

        If `enabled` is false, every request has the rights of `keep`. Requests that a web page may have sent are refused.
        """
        self._keep = keep
        self._opened = opened
        self._enabled = enabled
        self._verified: TTLCache[bytes, Operations] = TTLCache(_MAX_CACHED, cache_seconds)
        self._known: LRUCache[bytes, None] = LRUCache(_MAX_CACHED)
        """The keys that were valid before."""
        self._refused: TTLCache[bytes, None] = TTLCache(_MAX_CACHED, _REFUSED_SECONDS)
        """The keys that were refused a moment ago."""
        self._strangers = asyncio.Semaphore(_STRANGERS_AT_ONCE)
        self._forgotten = 0
        """Counts the calls of `forget`."""
        keep.revocations.subscribe(self)

    @property
    def is_ready(self) -> bool:
        """Whether the database is open and the admin key of the settings is stored."""
        return self._opened.done() and self._keep.is_open

    async def operations_for(self, scope: Scope) -> Operations:
        """The operations with the rights of the request's key. Raises `Unauthorized`, or `Unavailable` during the start."""
        if not self.is_ready:
            raise Unavailable("The service is starting.")
        if not self._enabled:
            require_local(scope)
            return self._keep.operations
        key = api_key_of(scope)
        digest = hashlib.blake2b(key, digest_size=32).digest()  # of the caches only; SHA-256 costs twice as much
        try:
            operations: Operations | None = self._verified[digest]  # `get` would look the key up twice
        except KeyError:
            operations = None
        if operations is not None and ((expiry := operations.caller.key_expires_at) is None or expiry > now()):
            return operations
        if digest in self._refused:
            raise Unauthorized(_WRONG_KEY)
        if digest in self._known:
            return await self._verify(key, digest)
        async with self._strangers:
            return await self._verify(key, digest)

    async def _verify(self, key: bytes, digest: bytes) -> Operations:
        forgotten = self._forgotten
        caller = await self._keep.operations.keys.verify(key.decode("latin-1"))
        if caller is None:
            self._known.pop(digest, None)
            self._refused[digest] = None
            raise Unauthorized(_WRONG_KEY)
        operations = self._keep.operations.acting_as(caller)
        self._known[digest] = None
        if forgotten == self._forgotten:  # else the key may have been revoked after it was read
            self._verified[digest] = operations
        return operations

    def forget(self, *, key_id: str | None = None, user_id: str | None = None) -> None:
        """Forget this key, or all keys of this user."""
        self._forgotten += 1
        for digest, operations in list(self._verified.items()):
            caller = operations.caller
            if (key_id is not None and caller.key_id == key_id) or (user_id is not None and caller.user_id == user_id):
                self._verified.pop(digest, None)
                self._known.pop(digest, None)


def api_key_of(scope: Scope) -> bytes:
    """The API key of `Authorization: Bearer` or of `X-API-Key`. Raises `Unauthorized` if the request has none."""
    bearer = header(scope, b"authorization")
    key = bearer[7:].strip() if bearer is not None and bearer[:7].lower() == b"bearer " else b""
    key = key or header(scope, b"x-api-key") or b""
    if not key:
        raise Unauthorized("Missing API key: send it as 'Authorization: Bearer …' or in 'X-API-Key'.")
    if not _KEY.fullmatch(key):
        raise Unauthorized(_WRONG_KEY)
    return key


def operations_of(request: Request) -> Operations:
    """The operations with the rights of the request's key."""
    operations: Operations = request.scope[OPERATIONS]
    return operations
