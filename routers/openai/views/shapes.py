"""Inspects stored messages. The native API accepts parts and tool calls of any form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .... import stored_json

if TYPE_CHECKING:
    from ....documents import MessageRow

_STATUSES: dict[str | None, str] = {name: name for name in ("in_progress", "incomplete", "completed")}


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
