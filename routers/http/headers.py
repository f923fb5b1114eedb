"""Reads the headers of a request from its ASGI scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import UnsupportedEncoding, UnsupportedMediaType

if TYPE_CHECKING:
    from starlette.types import Scope


def header(scope: Scope, name: bytes) -> bytes | None:
    """The value of a request header, or None. `name` is in lower case, as ASGI servers send names."""
    for key, value in scope["headers"]:
        if key == name:
            return value  # type: ignore[no-any-return]
    return None


def content_length(scope: Scope) -> int:
    """The announced size of the body in bytes. It is 0 if the request has no valid `Content-Length`."""
    value = header(scope, b"content-length")
    return int(value) if value is not None and value.isdigit() else 0


def require_json(scope: Scope) -> None:
    """Raise `UnsupportedMediaType` if `Content-Type` names another format than JSON. A missing header is accepted."""
    media_type = header(scope, b"content-type")
    if media_type is None:
        return
    essence = media_type.partition(b";")[0].strip().lower()
    if essence != b"application/json" and not essence.endswith(b"+json"):
        raise UnsupportedMediaType(media_type.decode("latin-1"))


def require_identity(scope: Scope) -> None:
    """Raise `UnsupportedEncoding` if the body is compressed. Both headers may be lists, and may occur several times."""
    for key, value in scope["headers"]:
        if key in _ENCODINGS:
            for encoding in value.split(b","):
                if encoding.strip().lower() not in _ENCODINGS[key]:
                    raise UnsupportedEncoding(encoding.strip().decode("latin-1"), key.decode())


_ENCODINGS = {b"content-encoding": (b"", b"identity"), b"transfer-encoding": (b"", b"identity", b"chunked")}
"""The headers that say how a body is encoded, and their values for a body that is sent as it is."""
