"""Errors of API keys and rights."""

from __future__ import annotations

from .base import ThreadkeepError


class Unauthorized(ThreadkeepError):
    """No API key was sent, or the key is unknown, expired or revoked."""

    status = 401


class Forbidden(ThreadkeepError):
    """The key is valid but has no right to this action."""

    status = 403

    def __init__(self, action: str) -> None:
        super().__init__(f"This key may not {action}.", action=action)


class ForeignRequest(Forbidden):
    """Without authentication, only programs and pages of this machine may send requests."""

    def __init__(self, header: str, value: str) -> None:
        ThreadkeepError.__init__(
            self, f"The service runs without authentication and accepts no request with the {header} {value[:100]!r}."
        )
