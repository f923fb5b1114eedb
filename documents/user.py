"""Users: owners, participants and senders."""

from __future__ import annotations

from datetime import datetime

from beanie import Document
from pymongo import ASCENDING, DESCENDING, IndexModel

from .index_filters import A_DATE, A_STRING
from .optional_key import Sometimes

SCHEMA_VERSION = 2


class User(Document):
    """A person or a program that owns threads, takes part in them and sends messages."""

    id: str  # type: ignore[assignment]  # ids of Threadkeep are strings
    external_id: Sometimes[str] = None
    """The user's id in the application. Absent if the application chose none."""
    email: str | None = None
    email_key: Sometimes[str] = None
    """The address without case. It is unique, and the user is found by it. Absent if there is no address."""
    full_name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    picture_url: str | None = None
    email_verified: bool | None = None
    oauth_provider: str | None = None
    provider_user_id: str | None = None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    """Set when the erasure of the user begins. From then on, the user is invisible in every API."""
    schema_version: int = SCHEMA_VERSION

    class Settings:
        """The collection, and the query that each index serves."""

        name = "users"
        keep_nulls = True
        indexes = (
            IndexModel([("email", ASCENDING)], unique=True, partialFilterExpression={"email": A_STRING}),
            # The same address in another case.
            IndexModel([("email_key", ASCENDING)], unique=True, partialFilterExpression={"email_key": A_STRING}),
            IndexModel(
                [("oauth_provider", ASCENDING), ("provider_user_id", ASCENDING)],
                unique=True,
                partialFilterExpression={"provider_user_id": A_STRING},
            ),
            # The user who has an external id.
            IndexModel([("external_id", ASCENDING)], partialFilterExpression={"external_id": A_STRING}),
            # Pages of users, newest first.
            IndexModel([("created_at", DESCENDING), ("_id", DESCENDING)]),
            # Erasures that the sweeper has to complete.
            IndexModel([("deleted_at", ASCENDING)], partialFilterExpression={"deleted_at": A_DATE}),
        )
