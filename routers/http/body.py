"""Reads the JSON body of a request. Size and time are limited, and no part of the JSON is dropped or changed silently."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect

from ...errors import InvalidInput, RequestTimeout, TooLarge
from ...inputs import JsonRefused, decode
from .admission import UNCOUNTED_BYTES, slot_of
from .headers import content_length

if TYPE_CHECKING:
    from starlette.types import Receive, Scope

    from .admission import Slot


async def read_body(scope: Scope, receive: Receive, *, max_bytes: int, timeout_seconds: float) -> bytes:
    """The whole body of the request.

    Raises `TooLarge` if the announced or the received size exceeds `max_bytes`, `RequestTimeout` after `timeout_seconds`,
    `Overloaded` if memory or the slot does not become free before the deadline, and `ClientDisconnect`. While the client
    sends, the slot is free for other requests. A body is read only when its memory is reserved.
    """
    announced = content_length(scope)
    if announced > max_bytes:
        raise TooLarge("body", max_bytes)
    slot = slot_of(scope)
    slot.pause()
    if announced > UNCOUNTED_BYTES:
        await slot.reserve(announced)
    body = await _read(slot, receive, announced, max_bytes, timeout_seconds)
    await slot.resume()
    return body


async def _read(slot: Slot, receive: Receive, reserved: int, max_bytes: int, timeout_seconds: float) -> bytes:
    chunks: list[bytes] = []
    total, more = 0, True
    deadline = asyncio.get_running_loop().time() + timeout_seconds
    while more:
        message = await _next_message(receive, deadline - asyncio.get_running_loop().time())
        chunks.append(message.get("body", b""))
        total += len(chunks[-1])
        more = message.get("more_body", False)
        if total > max_bytes:
            raise TooLarge("body", max_bytes)
        if total > max(reserved, UNCOUNTED_BYTES):  # the request did not announce its size
            reserved = max_bytes
            await slot.reserve(reserved)
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


def parse(body: bytes) -> Any:
    """The value of JSON as RFC 8259 defines it. An empty body is an empty object. Raises `InvalidInput`."""
    if is_empty(body):
        return {}
    try:
        return decode(body.decode())
    except UnicodeDecodeError as error:
        raise InvalidInput.at("body", "is not UTF-8", "json_invalid") from error
    except JsonRefused as error:
        raise InvalidInput([{"loc": ["body", *error.path], "msg": error.rule, "type": error.kind}]) from error


def is_empty(body: bytes) -> bool:
    """Whether the body has no character except white space."""
    return not body or body.isspace()
