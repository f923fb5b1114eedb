"""Input for threads."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from .message import Messages
from .values import NOT_A_BOOL, NOT_A_TEXT, Entries, Flag, Id, Input, MetaData, Text, at_most, limits_of

NO_META_DATA = {"topic": ""}
"""The `meta_data` of a thread that is created without any, as in the original service. `{}` stays `{}`."""
Counter = Annotated[int, Field(ge=0, lt=2**53), NOT_A_BOOL]
"""The number of a message, or 0."""
BodyCounter = Annotated[int, Field(ge=0, lt=2**53), NOT_A_TEXT]
"""The same in a body, which holds numbers and no texts."""


LONGEST_TITLE = 256
Title = Annotated[Text, Field(max_length=LONGEST_TITLE)]
"""A title of a thread: up to 256 characters. An empty text is no title."""
Label = Annotated[Text, Field(min_length=1, max_length=64)]
Labels = Annotated[Entries[Label], Field(max_length=32), AfterValidator(lambda labels: [*dict.fromkeys(labels)])]
"""Up to 32 labels of 1 to 64 characters. A label that is given twice is stored once."""


class NewThreadFields(Input):
    """The fields of a thread to create, without the external id and without messages."""

    participant_ids: Entries[Id] = Field(default_factory=list)
    owner_id: Id | None = None
    """The user who may change and delete the thread. The default is the first participant."""
    meta_data: MetaData | None = None
    tool_resources: MetaData = Field(default_factory=dict)
    title: Title | None = None
    archived: Flag | None = None
    pinned: Flag | None = None
    labels: Labels | None = None

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


class ThreadFieldChanges(Input):
    """Changes of a thread without its participants. Fields that are not given, or null, stay unchanged."""

    meta_data: MetaData | None = None
    """Merged into the stored object key by key."""
    tool_resources: MetaData | None = None
    """Replaces the stored object."""
    title: Title | None = None
    """Replaces the title. An empty text removes it."""
    archived: Flag | None = None
    pinned: Flag | None = None
    labels: Labels | None = None
    """Replaces all labels."""

    @property
    def changes_fields(self) -> bool:
        """Whether a field of the thread is given."""
        return any(getattr(self, name) is not None for name in ThreadFieldChanges.model_fields)


class ThreadChanges(ThreadFieldChanges):
    """Changes of a thread. Fields that are not given, or null, stay unchanged."""

    participant_ids: Entries[Id] | None = None
    """Replaces the participants. The owner always stays a participant."""

    @field_validator("participant_ids", mode="before")
    @classmethod
    def _not_too_many_participants(cls, value: object, info: ValidationInfo) -> object:
        return at_most(value, limits_of(info).max_participants) if isinstance(value, list) else value


class NewTurn(ThreadFieldChanges):
    """Messages to append, and changes of the thread, that become visible together."""

    messages: Messages = Field(default_factory=list)
    after_seq: BodyCounter | None = None
    """If given, all messages with higher numbers are removed, and `messages` take their place."""

    @field_validator("messages", mode="before")
    @classmethod
    def _not_too_many_messages(cls, value: object, info: ValidationInfo) -> object:
        return at_most(value, limits_of(info).max_batch) if isinstance(value, list) else value

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not self.messages and self.after_seq is None:
            raise PydanticCustomError(
                "combination", "give `messages` or `after_seq`: use an update to change the thread alone"
            )
        return self


class Replacement(Input):
    """The number after which all messages are removed, and the messages that take their place."""

    after_seq: BodyCounter
    messages: Annotated[Messages, Field(min_length=1)]

    @field_validator("messages", mode="before")
    @classmethod
    def _not_too_many_messages(cls, value: object, info: ValidationInfo) -> object:
        return at_most(value, limits_of(info).max_batch) if isinstance(value, list) else value

    def turn(self) -> NewTurn:
        """The same as a turn."""
        return NewTurn.model_construct(messages=self.messages, after_seq=self.after_seq)


class Truncation(Input):
    """The number after which all messages are removed. 0 removes all."""

    after_seq: Counter

    def turn(self) -> NewTurn:
        """The same as a turn without messages."""
        return NewTurn.model_construct(after_seq=self.after_seq)


class MetaDataOnly(Input):
    """The new `meta_data` of a thread, which replaces the stored object."""

    meta_data: MetaData
