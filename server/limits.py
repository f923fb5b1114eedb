"""Makes the protocol of a server from its settings."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from .protocol import UNREAD_BYTES, BoundedProtocol

if TYPE_CHECKING:
    from ..settings import Settings

_GRACE_SECONDS = 10.0


def protocol_for(settings: Settings) -> type[BoundedProtocol]:
    """A protocol class with the limits of these settings. Uvicorn creates one object of it for each connection."""
    counts: Counter[str] = Counter()

    class Limited(BoundedProtocol):
        timeout_seconds = settings.receive_timeout_seconds
        read_seconds = min(
            settings.receive_timeout_seconds, _GRACE_SECONDS + UNREAD_BYTES / settings.min_bytes_per_second
        )
        response_seconds = settings.send_timeout_seconds
        max_connections = settings.max_client_connections
        ended = counts

    return Limited
