"""Records of API keys. Only `NewKeyRecord` holds the key itself."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from ..clock import iso, of_iso
from .record import Record

if TYPE_CHECKING:
    from ..documents import ApiKey


class KeyRecord(Record):
    """An API key without its secret. Times are ISO 8601 with a time zone."""

    prefix: str
    scope: Literal["admin", "service", "user"]
    user_id: str | None
    key_name: str | None
    is_active: bool
    created_at: str
    expires_at: str | None
    last_used_at: str | None

    __slots__ = ()

    @property
    def created_at_datetime(self) -> datetime:
        """`created_at` with its milliseconds, in UTC."""
        return of_iso(self.created_at)

    @property
    def expires_at_datetime(self) -> datetime | None:
        """`expires_at` with its milliseconds, in UTC."""
        return None if self.expires_at is None else of_iso(self.expires_at)

    @property
    def last_used_at_datetime(self) -> datetime | None:
        """`last_used_at` with its milliseconds, in UTC."""
        return None if self.last_used_at is None else of_iso(self.last_used_at)

    @classmethod
    def of(cls, key: ApiKey, *, is_active: bool) -> KeyRecord:
        """The record of a stored key."""
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
    """A new key. `plain_key` is returned only here and is stored nowhere."""

    plain_key: str
    details: KeyRecord

    __slots__ = ()
