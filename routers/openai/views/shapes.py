"""What can be told of stored messages, whose form the native door leaves free."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from ....documents import MessageRow


def as_json(value: Any) -> str:
    """Anything as a text."""
    return orjson.dumps(value).decode()


def kind_of(stored: dict[str, Any]) -> str:
    """The kind of a part; the native door takes parts of any form."""
    kind = stored.get("type")
    return kind if isinstance(kind, str) else ""


def calls_are_said(row: MessageRow) -> bool:
    """Whether the calls stand in the text already, as the original's clients send them."""
    if not row["content"].startswith("["):
        return False
    try:
        return bool(orjson.loads(row["content"]) == row.get("tool_calls"))
    except orjson.JSONDecodeError:
        return False
