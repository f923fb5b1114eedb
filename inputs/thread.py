"""Input for threads."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from .message import Messages
from .values import Entries, Input, MetaData, Name, at_most, limits_of

UserId = Annotated[Name, Field(min_length=1, max_length=128)]

NO_META_DATA = {"topic": ""}
"""The `meta_data` of a thread that is created without any, as in the original service. `{}` stays `{}`."""


class NewThread(Input):
    """A thread to create, with its first messages."""

    participant_ids: Entries[UserId] = Field(default_factory=list)
    owner_id: UserId | None = None
    """The user who may change and delete the thread. The default is the first participant."""
    meta_data: MetaData | None = None
    tool_resources: MetaData = Field(default_factory=dict)
    messages: Messages = Field(default_factory=list)

    @field_validator("participant_ids", mode="before")
    @classmethod
    def _not_too_many_participants(cls, value: object, info: ValidationInfo) -> object:
        return at_most(value, limits_of(info).max_participants) if isinstance(value, list) else value

    @field_validator("messages", mode="before")
    @classmethod
    def _not_too_many_messages(cls, value: object, info: ValidationInfo) -> object:
        return at_most(value, limits_of(info).max_batch) if isinstance(value, list) else value


class ThreadChanges(Input):
    """Changes of a thread. Fields that are not given, or null, stay unchanged."""

    participant_ids: Entries[UserId] | None = None
    """Replaces the participants. The owner always stays a participant."""
    meta_data: MetaData | None = None
    """Merged into the stored object key by key."""
    tool_resources: MetaData | None = None
    """Replaces the stored object."""

    @field_validator("participant_ids", mode="before")
    @classmethod
    def _not_too_many_participants(cls, value: object, info: ValidationInfo) -> object:
        return at_most(value, limits_of(info).max_participants) if isinstance(value, list) else value


class MetaDataOnly(Input):
    """The new `meta_data` of a thread, which replaces the stored object."""

    meta_data: MetaData
