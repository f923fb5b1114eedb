"""Refuses requests of foreign web pages to a service that runs without authentication.

Such a service listens on a loopback address only. But a browser on the same machine sends requests of any web page there:

- A page of another origin may send simple requests. They carry `Origin`, or a body that is not declared as JSON.
- A page whose host name was pointed at this machine (DNS rebinding) is of the same origin. It carries its name in `Host`.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from ...errors import ForeignRequest, UnsupportedMediaType
from .headers import header, require_json

if TYPE_CHECKING:
    from starlette.types import Scope

_WITH_BODY = ("POST", "PUT")


def require_local(scope: Scope) -> None:
    """Raise `ForeignRequest`, or `UnsupportedMediaType` for a write without a JSON `Content-Type`."""
    host = (header(scope, b"host") or b"").decode("latin-1").lower()
    if not _is_local_name(_without_port(host)):
        raise ForeignRequest("Host", host)
    origin = header(scope, b"origin")
    if origin is not None and not _is_own(origin.decode("latin-1").lower(), host, scope):
        raise ForeignRequest("Origin", origin.decode("latin-1"))
    if scope["method"] in _WITH_BODY:
        if header(scope, b"content-type") is None:
            raise UnsupportedMediaType("missing")
        if not _is_file(scope):
            require_json(scope)


def _is_file(scope: Scope) -> bool:
    """Whether the body is declared as a file. A browser asks the service before a page of another origin may send it."""
    media_type = (header(scope, b"content-type") or b"").partition(b";")[0].strip().lower()
    return media_type in (b"application/octet-stream", b"application/zip", b"application/gzip")


def _is_own(origin: str, host: str, scope: Scope) -> bool:
    """Whether the origin is the service itself, or one that `cors_origins` allows."""
    allowed: tuple[str, ...] = scope["app"].state.settings.cors_origins
    return (bool(host) and origin.partition("://")[2] == host) or origin in allowed or "*" in allowed


def _is_local_name(name: str) -> bool:
    """Whether no stranger's DNS can point the name at this machine: an IP address, a name without a dot, or below `localhost`."""
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return "." not in name.rstrip(".") or name.rstrip(".").endswith(".localhost")
    return True


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host
