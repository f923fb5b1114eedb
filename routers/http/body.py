"""Reads the JSON body of a request: bounded, in time, and strictly, so that nothing in it is dropped or changed silently."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect

from ...errors import InvalidInput, RequestTimeout, TooLarge, UnsupportedMediaType
from ...inputs import JsonRefused, decode
from .admission import SMALL, slot_of

if TYPE_CHECKING:
    from starlette.types import Receive, Scope

    from .admission import Slot


async def read_body(scope: Scope, receive: Receive, *, max_bytes: int, timeout_seconds: float) -> bytes:
    """The whole body; refused by its announced length before it is read, or as soon as it has become too long.

    Others are worked on until it is there, and it is read only when there is room in memory for it.
    """
    header_value = header(scope, b"content-length")
    announced = int(header_value) if header_value is not None and header_value.isdigit() else 0
    if announced > max_bytes:
        raise TooLarge("body", max_bytes)
    slot = slot_of(scope)
    slot.leave()
    if announced > SMALL:
        await slot.hold(announced)
    body = await _read(slot, receive, announced, max_bytes, timeout_seconds)
    await slot.come_back()
    return body


async def _read(slot: Slot, receive: Receive, held: int, max_bytes: int, timeout_seconds: float) -> bytes:
    chunks: list[bytes] = []
    total, more = 0, True
    deadline = asyncio.get_running_loop().time() + timeout_seconds
    while more:
        message = await _received(receive, deadline - asyncio.get_running_loop().time())
        chunks.append(message.get("body", b""))
        total += len(chunks[-1])
        more = message.get("more_body", False)
        if total > max_bytes:
            raise TooLarge("body", max_bytes)
        if total > max(held, SMALL):  # it did not say how long it would be
            held = max_bytes
            await slot.hold(held)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _received(receive: Receive, timeout_seconds: float) -> Any:
    try:
        async with asyncio.timeout(timeout_seconds):
            message = await receive()
    except TimeoutError:
        raise RequestTimeout from None
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return message


def header(scope: Scope, name: bytes) -> bytes | None:
    """A request header, or None."""
    for key, value in scope["headers"]:
        if key == name:
            return value  # type: ignore[no-any-return]
    return None


def require_json(scope: Scope) -> None:
    """Refuse a body that says it is something else than JSON."""
    kind = header(scope, b"content-type")
    if kind is None:
        return
    essence = kind.partition(b";")[0].strip().lower()
    if essence != b"application/json" and not essence.endswith(b"+json"):
        raise UnsupportedMediaType(kind.decode("latin-1"))


def parse(body: bytes) -> Any:
    """JSON as RFC 8259 has it; an empty body is an empty object."""
    if is_empty(body):
        return {}
    try:
        return decode(body.decode())
    except UnicodeDecodeError as error:
        raise InvalidInput.at("body", "is not UTF-8", "json_invalid") from error
    except JsonRefused as error:
        raise InvalidInput([{"loc": ["body", *error.place], "msg": error.rule, "type": error.kind}]) from error


def is_empty(body: bytes) -> bool:
    """Whether nothing was sent."""
    return not body or body.isspace()
