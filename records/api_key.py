"""An API key as callers see it: never its secret, but once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..clock import iso
from .record import Record

if TYPE_CHECKING:
    from ..documents import ApiKey, Scope


class KeyRecord(Record):
    """What is known about a key; times are ISO 8601 with their zone."""

    prefix: str
    scope: Scope
    user_id: str | None
    key_name: str | None
    is_active: bool
    created_at: str
    expires_at: str | None
    last_used_at: str | None

    __slots__ = ()

    @classmethod
    def of(cls, key: ApiKey, *, is_active: bool) -> KeyRecord:
        """Word a stored key."""
        return cls(
            prefix=key.id,
            scope=key.scope,
            user_id=key.user_id,
            key_name=key.name,
            is_active=is_active,
            created_at=iso(key.created_at),
            expires_at=None if key.expires_at is None else iso(key.expires_at),
            last_used_at=None if key.last_used_at is None else iso(key.last_used_at),
        )


class NewKeyRecord(Record):
    """A key that was just made; `plain_key` is shown this once and stored nowhere."""

    plain_key: str
    details: KeyRecord

    __slots__ = ()
