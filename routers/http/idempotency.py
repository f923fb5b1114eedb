"""`Idempotency-Key`: the same request with the same key is done once, and answered the same again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import orjson

from ...errors import AnsweredOnce, InvalidInput, ThreadkeepError, Unavailable
from .authentication import SERVICES
from .body import header

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Scope

    from ...keep import Services, Threadkeep

Sent = tuple[int, bytes, list[tuple[bytes, bytes]]]
"""An answer as it is sent: status, body, headers."""
_LONGEST_KEY = 256
_REPLAYED = (b"idempotent-replayed", b"true")


def key_in(scope: Scope) -> bytes | None:
    """The request's idempotency key; reading needs none, so there it is ignored."""
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return None
    key = header(scope, b"idempotency-key")
    if key is not None and not 0 < len(key) <= _LONGEST_KEY:
        rule = f"must have 1 to {_LONGEST_KEY} characters"
        raise InvalidInput([{"loc": ["header", "idempotency-key"], "msg": rule, "type": "idempotency_key_length"}])
    return key


async def once(
    scope: Scope, key: bytes, body: bytes, answer: Callable[[], Awaitable[Sent]], *, secret: bool = False
) -> Sent:
    """EndpointResponse the request, or say again what it was answered before.

    An answer with a `secret` is not kept: a repetition is told that the first was answered.
    """
    services = cast("Services", scope[SERVICES])
    claims = cast("Threadkeep", scope["app"].state.keep).runtime.claims
    claim = await claims.claim(services.caller, key, _fingerprint(scope, body))
    if claim.status is not None:
        if secret:
            raise AnsweredOnce
        return claim.status, claim.body or b"", [*((name, value) for name, value in claim.headers or ()), _REPLAYED]
    scope[SERVICES] = services.acting_as(replace(services.caller, request_ids=claims.ids_of(claim)))
    try:
        status, content, headers = await answer()
        await claims.keep_answer(claim, status, b"" if secret else content, headers)
    except Unavailable:
        raise  # what was done is not known: the claim stays, and with it the ids that a repetition will use
    except ThreadkeepError:
        await claims.release(claim)
        raise
    finally:
        claims.leave(claim)
    return status, content, headers


def _fingerprint(scope: Scope, body: bytes) -> bytes:
    return orjson.dumps([scope["method"], scope["path"], scope["query_string"].decode("latin-1")]) + body
