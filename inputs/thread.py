"""Input for threads."""

from __future__ import annotations

from pydantic import Field, ValidationInfo, field_validator

from .message import Messages
from .values import Entries, Id, Input, MetaData, at_most, limits_of

NO_META_DATA = {"topic": ""}
"""The `meta_data` of a thread that is created without any, as in the original service. `{}` stays `{}`."""


class NewThreadFields(Input):
    """The fields of a thread to create, without the external id and without messages."""

    participant_ids: Entries[Id] = Field(default_factory=list)
    owner_id: Id | None = None
    """The user who may change and delete the thread. The default is the first participant."""
    meta_data: MetaData | None = None
    tool_resources: MetaData = Field(default_factory=dict)

    @field_validator("participant_ids", mode="before")
    @classmethod
    def _not_too_many_participants(cls, value: object, info: ValidationInfo) -> object:
        return at_most(value, limits_of(info).max_participants) if isinstance(value, list) else value

    def named(self, external_id: str) -> NewThread:
        """The thread to create with this external id."""
        fields = {name: getattr(self, name) for name in NewThreadFields.model_fields}
        return NewThread.model_construct(self.model_fields_set, **fields, external_id=external_id)


class NewThread(NewThreadFields):
    """A thread to create, with its first messages."""

    external_id: Id | None = None
    """The name of the thread in the application (decision 70). At most one thread has it."""
    messages: Messages = Field(default_factory=list)

    @field_validator("messages", mode="before")
    @classmethod
    def _not_too_many_messages(cls, value: object, info: ValidationInfo) -> object:
        return at_most(value, limits_of(info).max_batch) if isinstance(value, list) else value


class EnsuredThread(NewThreadFields):
    """A thread to create if no thread has the external id."""

    external_id: Id


class ThreadChanges(Input):
    """Changes of a thread. Fields that are not given, or null, stay unchanged."""

    participant_ids: Entries[Id] | None = None
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
