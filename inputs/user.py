"""Input for users."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator

from .values import Flag, Id, Input, Name, Text


class UserFields(Input):
    """The fields of a user. Each may be absent or null."""

    email: Annotated[Name, Field(min_length=3, max_length=320, pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    full_name: Name | None = None
    given_name: Name | None = None
    family_name: Name | None = None
    picture_url: Annotated[Text, Field(max_length=2048)] | None = None
    email_verified: Flag | None = None
    oauth_provider: Annotated[Name, Field(max_length=256)] | None = None
    provider_user_id: Name | None = None

    @model_validator(mode="before")
    @classmethod
    def _name_is_full_name(cls, data: Any) -> Any:
        """Accept `name` as `full_name`: the oldest clients send only `name`."""
        if isinstance(data, dict) and "name" in data and data.get("full_name") is None:
            return {**{key: value for key, value in data.items() if key != "name"}, "full_name": data["name"]}
        return data


class NewUserFields(UserFields):
    """The fields of a user to create, without the external id."""

    email_verified: Flag | None = False
    oauth_provider: Annotated[Name, Field(max_length=256)] | None = "local"

    def named(self, external_id: str) -> NewUser:
        """The user to create with this external id."""
        fields = {name: getattr(self, name) for name in NewUserFields.model_fields}
        return NewUser.model_construct(self.model_fields_set, **fields, external_id=external_id)


class NewUser(NewUserFields):
    """A user to create."""

    external_id: Id | None = None
    """The user's id in the application (decision 70). At most one user has it."""


class EnsuredUser(NewUserFields):
    """A user to create if no user has the external id."""

    external_id: Id


class UserChanges(UserFields):
    """Changes of a user. A field that is not given stays unchanged; null clears a field."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    external_id: Id | None = None
    """The user's id in the application. The user loses all other external ids."""
