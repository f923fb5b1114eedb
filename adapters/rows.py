"""Builds stored messages in the neutral form (`docs/history.md`) from the messages of a framework."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, cast, get_args

from pydantic import ValidationError

from ..inputs import NewMessage, Status
from .sources import arguments_text, json_text, packed, packed_as_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..history import Content
    from ..inputs import MessageInput
    from .sources import Json

Row = dict[str, Any]
"""The arguments of `create_message`."""
FRAMEWORK = "framework"
"""The field of `item` that keeps the source."""
_STATUSES = frozenset(get_args(Status))
_TOO_MUCH = frozenset({"too_large", "too_long"})
_MOST_ROWS, _MOST_BYTES, _MOST_SIGNS = 500, 4 * 1024 * 1024, 10_000
"""The limits of one batch: rows, bytes of JSON, and commas and brackets in the JSON. Those of a request are higher."""


def words(role: str, content: Content, status: object = None) -> Row:
    """A message of a role: its text, or its parts in OpenAI's words."""
    row: Row = {"role": role, "content": content}
    return {**row, "status": status} if status in _STATUSES else row


def call(call_id: str, name: str, arguments: Json) -> Row:
    """A call of a tool. `arguments` is an object, or its JSON."""
    item = {"call_id": call_id, "name": name, "arguments": arguments_text(arguments)}
    return {"type": "function_call", "item": item}


def output(call_id: str, content: Content) -> Row:
    """The output of a tool: its text, or its parts in OpenAI's words."""
    return {"type": "function_call_output", "item": {"call_id": call_id}, "content": content}


def reasoning(text: str, **fields: str | None) -> Row:
    """A reasoning step. `fields` are fields that its vendor checks, such as `encrypted_content`."""
    known = {name: value for name, value in fields.items() if value is not None}
    summary = [{"type": "summary_text", "text": text}] if text else []
    return {"type": "reasoning", "item": {"summary": summary, **known}}


def bookkeeping(framework: str, kind: str) -> Row:
    """A message that no model sees, such as a snapshot."""
    return {"type": f"{framework}.{kind}"[:64], "item": {}}


def rows_of(
    framework: str, source: Json, rows: Sequence[Row], *, key: str | None = None, kind: str = "message"
) -> list[MessageInput]:
    """The rows of one source, of which the first keeps the source. Without rows, it is bookkeeping of this kind.

    `key` names the source: writing the same key again writes nothing. Several rows always have a key, because their
    `client_id` is `key`, `key/1`, `key/2` …
    """
    made = [dict(row) for row in rows] or [bookkeeping(framework, kind)]
    kept = packed(source, made)
    if not all(map(_is_storable, _with_source(framework, made, kept))):
        made, kept = [without_half_characters(row) for row in made], packed_as_text(source)
    finished = _with_source(framework, made, kept)
    if not all(map(_is_storable, finished)):  # the source has a form that no reader could show
        finished = _with_source(framework, [bookkeeping(framework, kind)], kept)
    return with_keys(finished, key)


def plain_row(row: Row) -> MessageInput | None:
    """The row as a message without a source, for a source that the row gives back. None if it cannot be stored as it is."""
    return cast("MessageInput", row) if _is_storable(row) else None


def storable(value: dict[str, Json]) -> dict[str, Json]:
    """The object, or its JSON in `{"json": …}` if a database cannot keep it: half characters, very large numbers."""
    return value if _is_storable(bookkeeping("value", "kept") | {"item": value}) else packed_as_text(value)


def restored(kept: dict[str, Json]) -> dict[str, Json]:
    """The object that `storable` was given."""
    return json.loads(kept["json"]) if kept.keys() == {"json"} else kept


def with_keys(rows: list[Row], key: str | None) -> list[MessageInput]:
    """The rows with the client ids `key`, `key/1`, `key/2` … One row without a key gets none."""
    if key is None and len(rows) > 1:
        key = uuid.uuid4().hex
    if key is not None:
        for number, row in enumerate(rows):
            row["client_id"] = f"{key}/{number}" if number else key
    return cast("list[MessageInput]", rows)


def batches_of(sources: Iterable[Sequence[MessageInput]]) -> Iterator[list[MessageInput]]:
    """The rows of many sources in batches that one request can hold. The rows of one source stay in one batch."""
    batch: list[MessageInput] = []
    room = _RoomForRows()
    for rows in sources:
        text = json_text(rows)
        if batch and not room.takes(len(rows), text):
            yield batch
            batch, room = [], _RoomForRows()
        batch += rows
        room.take(len(rows), text)
    if batch:
        yield batch


class _RoomForRows:
    """The messages, bytes and signs of JSON that one batch may still take."""

    def __init__(self) -> None:
        self._rows, self._bytes, self._signs = _MOST_ROWS, _MOST_BYTES, _MOST_SIGNS

    def takes(self, rows: int, text: str) -> bool:
        return rows <= self._rows and len(text) <= self._bytes and _signs(text) <= self._signs

    def take(self, rows: int, text: str) -> None:
        self._rows -= rows
        self._bytes -= len(text)
        self._signs -= _signs(text)


def _signs(text: str) -> int:
    """The number of commas and opening brackets: at least half the number of keys and values, which servers count."""
    return text.count(",") + text.count("{") + text.count("[")


def _with_source(framework: str, rows: Sequence[Row], kept: Mapping[str, Json]) -> list[Row]:
    first = rows[0]
    item = {**(first.get("item") or {}), FRAMEWORK: {"name": framework, "rows": len(rows), **kept}}
    return [{**first, "item": item}, *(dict(row) for row in rows[1:])]


def _is_storable(row: Row) -> bool:
    """Whether the row obeys the rules of messages. A row that is only too large counts as storable: the store refuses it."""
    try:
        NewMessage.model_validate(row)
    except ValidationError as error:
        found = {problem["type"] for problem in error.errors(include_url=False, include_input=False)}
        return bool(found) and found <= _TOO_MUCH
    return True


def without_half_characters(value: Any) -> Any:
    """The value with U+FFFD in place of half characters, which no database keeps."""
    if isinstance(value, dict):
        return {without_half_characters(name): without_half_characters(member) for name, member in value.items()}
    if isinstance(value, list):
        return [without_half_characters(member) for member in value]
    if isinstance(value, str) and not value.isascii():
        return json.loads(json.dumps(value)).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value
