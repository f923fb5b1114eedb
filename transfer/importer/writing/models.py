"""The models of the lines of a file: the rules of `inputs/`, plus fields that the API does not accept (ids, times)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from ....clock import naive_utc
from ....inputs import LONGEST_TITLE, Input, JsonObject, Labels, MetaData, Name, StoredMessage, Title, UserFields
from ....inputs import Id as ExternalId
from ...export_format import FORMAT
from ..conversations import LONGEST_ID, is_id

_FIRST, _LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


def _as_stored_date(moment: datetime) -> datetime:
    """Return the date as MongoDB stores it: UTC without a zone, in whole milliseconds."""
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not _FIRST < zoned < _LAST:
        raise PydanticCustomError("date_range", "must lie between the years 1 and 9999")
    plain = naive_utc(zoned)
    return plain - timedelta(microseconds=plain.microsecond % 1000)


Date = Annotated[datetime, AfterValidator(_as_stored_date)]
"""A date as seconds since 1970 or in ISO 8601."""


def _id(name: str) -> str:
    if not is_id(name):
        rule = "must be 1 to {limit} letters of ASCII, digits, and any of _ . : ~ -"
        raise PydanticCustomError("id", rule, {"limit": LONGEST_ID})
    return name


def _source_id(name: str) -> str:
    if not name or any(character in _CONTROLS for character in name):
        raise PydanticCustomError("source_id", "must be a text without control characters, and not empty")
    return name


_CONTROLS = frozenset([*map(chr, range(32)), "\x7f"])
Id = Annotated[Name, AfterValidator(_id)]
SourceId = Annotated[Name, AfterValidator(_source_id)]
"""The id of a thread or message in its file. If it cannot be an id here, another one is derived from it."""
Number = Annotated[int, Field(ge=1, le=2**52)]
"""The number of a message. Behind the largest one, a thread has room for as many again."""


class HeaderLine(Input):
    """The first line of an export."""

    object: Literal["export"]
    format: Annotated[int, Field(le=FORMAT)]
    schema_version: int
    exported_at: str
    selection: JsonObject


class EndLine(Input):
    """The last line of an export. A file without it was cut off."""

    object: Literal["export.end"]
    users: int
    threads: int
    messages: int


class UserLine(UserFields):
    """A user with all fields. Only exports of Threadkeep contain such lines."""

    object: Literal["user"] = "user"
    id: Annotated[Id, Field(pattern="^user_")]
    external_id: ExternalId | None = None
    created_at: Date
    updated_at: Date | None = None


class ThreadLine(Input):
    """A thread without its messages."""

    object: Literal["thread", "conversation"] = "thread"
    id: SourceId
    created_at: Date | None = None
    updated_at: Date | None = None
    last_message_at: Date | None = None
    last_active_at: Date | None = None
    meta_data: MetaData | None = None
    tool_resources: MetaData = Field(default_factory=dict)
    owner_id: Id | None = None
    participant_ids: list[Id] | None = None
    last_seq: Annotated[int, Field(ge=0, le=2**52)] = 0
    message_count: int = 0
    revision: Annotated[int, Field(ge=1, lt=2**53)] = 1
    external_id: ExternalId | None = None
    external_id_of: Id | None = None
    """The user whose keys gave the external id. None if services and admins gave it."""
    title: Title | None = None
    archived: bool | None = None
    pinned: bool | None = None
    labels: Labels | None = None

    @model_validator(mode="before")
    @classmethod
    def _to_stored_fields(cls, values: Any) -> Any:
        """Convert `metadata` of OpenAI and `participants` of the native API to the stored fields."""
        if not isinstance(values, dict):
            return values
        values = _with_meta_data(values)
        participants = values.pop("participants", None)
        if values.get("participant_ids") is None and isinstance(participants, list):
            values["participant_ids"] = [person.get("id") for person in participants if isinstance(person, dict)]
        if values.get("tool_resources", ...) is None:
            values["tool_resources"] = {}
        if "labels" in values and "participant_ids" in values:  # a line of an export: its title is a field
            return _with_kept(values, ("name", "model"))
        title = values.get("title")
        for name in ("archived", "pinned", "labels"):  # other programs mean other things
            values.pop(name, None)
        values = _with_kept(values, ("title", "name", "model"))
        return values | {"title": title[:LONGEST_TITLE]} if isinstance(title, str) else values


class MessageLine(StoredMessage):
    """A message with its number and times."""

    object: Literal["message", "thread.message"] = "message"
    id: SourceId | None = None
    thread_id: Name | None = None
    seq: Number | None = None
    parts: list[JsonObject] | None = None
    created_at: Date
    updated_at: Date | None = None
    completed_at: Date | None = None
    incomplete_at: Date | None = None
    revision: Annotated[int, Field(ge=1, lt=2**53)] = 1

    def size(self) -> int:
        """The approximate bytes of the message. An export has the text of its parts beside them, which counts once."""
        if self.parts is None:
            return super().size()
        return self.model_copy(update={"content": self.parts, "parts": None}).size()

    @model_validator(mode="before")
    @classmethod
    def _to_stored_fields(cls, values: Any) -> Any:
        """Convert `metadata` and the text parts of OpenAI to the stored fields."""
        if not isinstance(values, dict):
            return values
        values = _with_meta_data(values)
        if values.get("attachments") is None:
            values["attachments"] = []
        if values.get("meta_data", ...) is None:
            values["meta_data"] = {}
        if values.get("object") == "thread.message":
            values["content"] = _plain_text(values.get("content"))
            if isinstance(file_ids := values.pop("file_ids", None), list):  # the first version of the API
                values["attachments"] = values["attachments"] or [{"file_id": name} for name in file_ids]
        return _with_kept(values, ("name", "model"))


def _with_meta_data(values: dict[str, Any]) -> dict[str, Any]:
    """Return a copy with `metadata` renamed to `meta_data`. Null becomes `{}`, not the default of the native API."""
    values = dict(values)
    if "metadata" in values and "meta_data" not in values:
        values["meta_data"] = values.pop("metadata") or {}
    return values


def _with_kept(values: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Move these fields, which Threadkeep does not have, to `meta_data`. A field of `meta_data` is not replaced."""
    kept = {name: values.pop(name) for name in names if name in values}
    meta_data = values.get("meta_data") or {}
    if isinstance(meta_data, dict) and (kept := {name: value for name, value in kept.items() if value is not None}):
        values["meta_data"] = kept | meta_data
    return values


def _plain_text(content: Any) -> Any:
    """Return the text of a content with one text part and no annotations. Any other content is returned unchanged."""
    match content:
        case [{"type": "text", "text": {"value": str(text), "annotations": []}, **rest}] if not rest:
            return text
        case None:
            return ""
    return content
