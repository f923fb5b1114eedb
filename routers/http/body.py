"""Reads the JSON body of a request. Size and time are limited, and no part of the JSON is dropped or changed silently."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect

from ...errors import InvalidInput, RequestTimeout, TooLarge
from ...inputs import JsonRefused, decode_bytes
from .admission import UNCOUNTED_BYTES, slot_of
from .app_state import settings_of, tuning_of
from .connection import CONNECTION
from .headers import content_length, require_identity

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope

    from ...settings import Settings
    from .admission import Slot
    from .connection import Connection

_RESERVED_AT_ONCE = 64 * 1024


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """The whole body of the request.

    Raises `UnsupportedEncoding` for a compressed body, and `TooLarge` if the announced or the received size exceeds
    `max_body_bytes`. Raises `RequestTimeout` if the client sends for longer than `receive_timeout_seconds`, or after
    `body_grace_seconds` more slowly than `min_bytes_per_second`. Raises `Overloaded` if memory or the slot does not become free
    before the deadline. Raises `ClientDisconnect` if the client leaves. While the client sends, the slot is free for other
    requests. Memory is reserved as bytes arrive, so a client that sends nothing holds none.

    Most small bodies arrive together with their headers. They cost no timeout, and the slot is kept.
    """
    settings = settings_of(scope)
    require_identity(scope)
    if content_length(scope) > settings.max_body_bytes:
        raise TooLarge("body", settings.max_body_bytes)
    slot = slot_of(scope)
    body = _arrived(scope, min(UNCOUNTED_BYTES, settings.max_body_bytes))
    if body is not None:
        slot.count_bytes(len(body))
        return body
    slot.pause()
    body = await _read(slot, receive, settings, tuning_of(scope).body_grace_seconds)
    slot.count_bytes(len(body))
    await slot.resume()
    return body


def _arrived(scope: Scope, most: int) -> bytes | None:
    """The body, if all of it is there already."""
    connection: Connection | None = scope.get(CONNECTION)
    return None if connection is None else connection.take_body(most)


async def _read(slot: Slot, receive: Receive, settings: Settings, grace_seconds: float) -> bytes:
    chunks: list[bytes] = []
    total, reserved, more = 0, UNCOUNTED_BYTES, True
    began = asyncio.get_running_loop().time()
    while more:
        by_rate = grace_seconds + total / settings.min_bytes_per_second
        elapsed = asyncio.get_running_loop().time() - began
        message = await _next_message(receive, max(0.0, min(settings.receive_timeout_seconds, by_rate) - elapsed))
        chunks.append(message.get("body", b""))
        total += len(chunks[-1])
        more = message.get("more_body", False)
        if total > settings.max_body_bytes:
            raise TooLarge("body", settings.max_body_bytes)
        if total > reserved:
            step = max(total - reserved, _RESERVED_AT_ONCE)
            reserved += step
            await slot.reserve_body(step)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _next_message(receive: Receive, timeout_seconds: float) -> Any:
    try:
        async with asyncio.timeout(timeout_seconds):
            message = await receive()
    except TimeoutError:
        raise RequestTimeout from None
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return message


class Upload:
    """The body of a request, in pieces: it may be larger than the memory. To be iterated once.

    The admission slot is free while the client sends, and the deadline of the request moves by that time. Raises the errors of
    `read_body`; the client may send for as long as it keeps the least rate.
    """

    def __init__(
        self, scope: Scope, receive: Receive, settings: Settings, most_bytes: int, grace_seconds: float
    ) -> None:
        self._slot = slot_of(scope)
        self._receive = receive
        self._settings = settings
        self._grace_seconds = grace_seconds
        self._waited = 0.0
        self._received = 0
        self.timeout: asyncio.Timeout | None = None
        """The timeout of the request, which moves with the deadline."""
        require_identity(scope)
        if content_length(scope) > most_bytes:
            raise TooLarge("body", most_bytes)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            message = await self._next()
            piece: bytes = message.get("body", b"")
            more = message.get("more_body", False)
            self._received += len(piece)
            self._slot.count_bytes(len(piece))
            yield piece

    async def _next(self) -> Any:
        clock = asyncio.get_running_loop().time
        by_rate = self._grace_seconds + self._received / self._settings.min_bytes_per_second - self._waited
        if self.timeout is not None:
            self.timeout.reschedule(None)
        self._slot.pause()
        began = clock()
        message = await _next_message(self._receive, max(0.0, min(self._settings.receive_timeout_seconds, by_rate)))
        self._waited += clock() - began
        await self._slot.resume()
        if self.timeout is not None:
            self.timeout.reschedule(self._slot.deadline)
        return message


def parse(body: bytes, max_elements: int) -> Any:
    """The value of JSON as RFC 8259 defines it. An empty body is an empty object. Raises `InvalidInput`."""
    if is_empty(body):
        return {}
    try:
        return decode_bytes(body, max_elements)
    except UnicodeDecodeError as error:
        raise InvalidInput.at("body", "is not UTF-8", "json_invalid") from error
    except JsonRefused as error:
        if error.kind == "too_long":
            raise TooLarge("body", max_elements, "keys and values") from error
        raise InvalidInput([{"loc": ["body", *error.path], "msg": error.rule, "type": error.kind}]) from error


def is_empty(body: bytes) -> bool:
    """Whether the body has no character except white space."""
    return not body or body.isspace()
