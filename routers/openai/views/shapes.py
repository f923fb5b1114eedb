"""Inspects stored messages. The native API accepts parts and tool calls of any form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from .... import stored_json
from ....inputs import has_at_most
from ....settings import Limits

if TYPE_CHECKING:
    from ....documents import MessageRow

_STATUSES: dict[str | None, str] = {name: name for name in ("in_progress", "incomplete", "completed")}
_MOST_CALL_ELEMENTS = Limits().max_message_elements


def as_json(value: Any) -> str:
    """The value as JSON text."""
    return stored_json.as_json(value).decode()


def kind_of(stored: dict[str, Any]) -> str:
    """The `type` of a part, or an empty text if the part has no valid one."""
    kind = stored.get("type")
    return kind if isinstance(kind, str) else ""


def status_of(row: MessageRow) -> str:
    """The status of a message: `completed`, unless another one of OpenAI's is stored."""
    return _STATUSES.get(row["status"], "completed")


def content_repeats_calls(row: MessageRow) -> bool:
    """Whether `content` is the JSON of `tool_calls`. Clients of the original service send calls in both fields."""
    if not row["content"].startswith("[") or not has_at_most(row["content"], _MOST_CALL_ELEMENTS):
        return False
    try:
        return bool(orjson.loads(row["content"]) == row.get("tool_calls"))
    except orjson.JSONDecodeError:
        return False
