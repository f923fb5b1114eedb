"""Sends responses: JSON, in pieces, at the pace of the client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from starlette.types import Send

    Headers = list[tuple[bytes, bytes]]

NO_CONTENT = 204
_PIECE_BYTES = 64 * 1024


async def send_json(send: Send, status: int, payload: Any, headers: Headers | None = None) -> None:
    """Send `payload` as JSON."""
    await send_bytes(send, status, orjson.dumps(payload), headers or [])


async def send_bytes(
    send: Send, status: int, body: bytes, headers: Headers, *, media_type: bytes = b"application/json"
) -> None:
    """Send a response with an encoded body, which may be empty.

    A large body goes out in pieces of 64 KiB. The server takes the next piece when the client has read the one before.
    """
    start = [] if status == NO_CONTENT else [(b"content-length", str(len(body)).encode())]
    if body:
        start.append((b"content-type", media_type))
    await send({"type": "http.response.start", "status": status, "headers": start + headers})
    if len(body) <= _PIECE_BYTES:
        await send({"type": "http.response.body", "body": body})
        return
    for begin in range(0, len(body), _PIECE_BYTES):
        end = begin + _PIECE_BYTES
        await send({"type": "http.response.body", "body": body[begin:end], "more_body": end < len(body)})
