"""What a file may say of users, threads and messages: the rules of `inputs/`, and what only a first writer knows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from ...clock import naive_utc
from ...inputs import Input, JsonObject, MetaData, Name, StoredMessage, UserFields

FORMAT = 1
"""The version of our export's lines; a file of a later one is refused."""

_FIRST, _LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


def _stored(moment: datetime) -> datetime:
    """As MongoDB keeps it: UTC without a zone, whole milliseconds."""
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not _FIRST < zoned < _LAST:
        raise PydanticCustomError("date_range", "must lie between the years 1 and 9999")
    plain = naive_utc(zoned)
    return plain - timedelta(microseconds=plain.microsecond % 1000)


Date = Annotated[datetime, AfterValidator(_stored)]
"""Seconds since 1970, or ISO 8601."""

Id = Annotated[Name, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_.:~-]+$")]


class HeaderLine(Input):
    """The first line of an export."""

    object: Literal["export"]
    format: Annotated[int, Field(le=FORMAT)]
    schema_version: int
    exported_at: str
    selection: JsonObject


class EndLine(Input):
    """The last line of an export, without which it was cut off."""

    object: Literal["export.end"]
    users: int
    threads: int
    messages: int


class UserLine(UserFields):
    """A user with all that was known; only what was exported by us is expected here."""

    object: Literal["user"] = "user"
    id: Annotated[Id, Field(pattern=r"^user_")]
    created_at: Date
    updated_at: Date | None = None


class ThreadLine(Input):
    """A thread without its messages."""

    object: Literal["thread", "conversation"] = "thread"
    id: Id
    created_at: Date | None = None
    updated_at: Date | None = None
    last_message_at: Date | None = None
    last_active_at: Date | None = None
    meta_data: MetaData | None = None
    tool_resources: MetaData = Field(default_factory=dict)
    owner_id: Id | None = None
    participant_ids: list[Id] | None = None
    last_seq: Annotated[int, Field(ge=0, lt=2**53)] = 0
    message_count: int = 0
    revision: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="before")
    @classmethod
    def _as_we_say_it(cls, said: Any) -> Any:
        """OpenAI says `metadata`; our HTTP door also spells the participants out."""
        if not isinstance(said, dict):
            return said
        said = _metadata_renamed(said)
        participants = said.pop("participants", None)
        if said.get("participant_ids") is None and isinstance(participants, list):
            said["participant_ids"] = [person.get("id") for person in participants if isinstance(person, dict)]
        if said.get("tool_resources", ...) is None:
            said["tool_resources"] = {}
        return said


class MessageLine(StoredMessage):
    """A message with its place and its times."""

    object: Literal["message", "thread.message"] = "message"
    thread_id: Name | None = None
    seq: Annotated[int, Field(ge=1, lt=2**53)] | None = None
    parts: list[JsonObject] | None = None
    created_at: Date
    updated_at: Date | None = None
    completed_at: Date | None = None
    incomplete_at: Date | None = None
    revision: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="before")
    @classmethod
    def _as_we_say_it(cls, said: Any) -> Any:
        """OpenAI says `metadata`, and puts even plain text into a part."""
        if not isinstance(said, dict):
            return said
        said = _metadata_renamed(said)
        if said.get("attachments", ...) is None:
            said["attachments"] = []
        if said.get("meta_data", ...) is None:
            said["meta_data"] = {}
        if said.get("object") == "thread.message":
            said["content"] = _plain_text(said.get("content"))
        return said


def _metadata_renamed(said: dict[str, Any]) -> dict[str, Any]:
    """A copy of `said` that says `meta_data`; null is none, and not the default of the native door."""
    said = dict(said)
    if "metadata" in said and "meta_data" not in said:
        said["meta_data"] = said.pop("metadata") or {}
    return said


def _plain_text(content: Any) -> Any:
    """The text of a content that is one plain text part; any other content as it is, annotations and all."""
    match content:
        case [{"type": "text", "text": {"value": str(text), "annotations": []}, **rest}] if not rest:
            return text
        case None:
            return ""
    return content
