"""`Idempotency-Key`: a request that is sent again with the same key takes effect once."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import orjson

from ...errors import AnsweredOnce, InvalidInput, ThreadkeepError, Unavailable
from .authentication import OPERATIONS
from .headers import header

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Scope

    from ...keep import Threadkeep
    from ...services import Operations

RawResponse = tuple[int, bytes, list[tuple[bytes, bytes]]]
"""A response as it is sent: status, body, headers."""
_MAX_KEY_LENGTH = 256
_REPLAYED = (b"idempotent-replayed", b"true")


def idempotency_key_of(scope: Scope) -> bytes | None:
    """The idempotency key of the request. None for requests that only read. Raises `InvalidInput` for a wrong length."""
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return None
    key = header(scope, b"idempotency-key")
    if key is not None and not 0 < len(key) <= _MAX_KEY_LENGTH:
        rule = f"must have 1 to {_MAX_KEY_LENGTH} characters"
        raise InvalidInput([{"loc": ["header", "idempotency-key"], "msg": rule, "type": "idempotency_key_length"}])
    return key


async def answer_once(
    scope: Scope, key: bytes, request: bytes, answer: Callable[[], Awaitable[RawResponse]], *, secret: bool = False
) -> RawResponse:
    """The response of `answer`. If a request with this key was answered before, `answer` writes nothing.

    Then the response shows the objects that the first request wrote, as they are now. With `secret`, such a retry raises
    `AnsweredOnce`. Raises `StillRunning` while another request with the key runs, and `IdempotencyMismatch` if the key belongs
    to another request.
    """
    operations = cast("Operations", scope[OPERATIONS])
    claims = cast("Threadkeep", scope["app"].state.keep).runtime.claims
    claim = await claims.claim(operations.caller, key, request)
    if claim.status is not None and secret:
        raise AnsweredOnce
    scope[OPERATIONS] = operations.acting_as(replace(operations.caller, request_ids=claims.ids_of(claim)))
    if claim.status is not None:
        status, content, headers = await answer()
        return status, content, [*headers, _REPLAYED]
    try:
        status, content, headers = await answer()
        await claims.mark_answered(claim, status)
    except Unavailable:
        raise  # the outcome is unknown: the claim stays, so that a retry uses the same ids
    except ThreadkeepError:
        await claims.release(claim)
        raise
    finally:
        claims.leave(claim)
    return status, content, headers


def fingerprint(scope: Scope, body: bytes) -> bytes:
    """A hash of all that makes two requests different. Only requests with `If-Match` have a fourth part."""
    parts = [scope["method"], scope["path"], scope["query_string"].decode("latin-1")]
    if (expected := header(scope, b"if-match")) is not None:
        parts.append(expected.decode("latin-1"))
    found = hashlib.sha256(orjson.dumps(parts))
    found.update(body)
    return found.digest()
