"""The record of a user."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ..clock import iso, of_iso
from .record import Record

if TYPE_CHECKING:
    from ..documents import User


class UserRecord(Record):
    """A user. Times are ISO 8601 with a time zone."""

    id: str
    external_id: str | None
    name: str | None
    email: str | None
    full_name: str | None
    given_name: str | None
    family_name: str | None
    picture_url: str | None
    email_verified: bool | None
    oauth_provider: str | None
    provider_user_id: str | None
    created_at: str
    updated_at: str

    __slots__ = ()

    @property
    def created_at_datetime(self) -> datetime:
        """`created_at` with its milliseconds, in UTC."""
        return of_iso(self.created_at)

    @property
    def updated_at_datetime(self) -> datetime:
        """`updated_at` with its milliseconds, in UTC."""
        return of_iso(self.updated_at)

    @classmethod
    def of(cls, user: User) -> UserRecord:
        """The record of a stored user. `name` repeats `full_name` for the oldest clients."""
        return cls(
            id=user.id,
            external_id=user.external_id,
            name=user.full_name,
            email=user.email,
            full_name=user.full_name,
            given_name=user.given_name,
            family_name=user.family_name,
            picture_url=user.picture_url,
            email_verified=user.email_verified,
            oauth_provider=user.oauth_provider,
            provider_user_id=user.provider_user_id,
            created_at=iso(user.created_at),
            updated_at=iso(user.updated_at),
        )
