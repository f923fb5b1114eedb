"""Renders stored items that are not messages, as they were sent."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from ....history import TEXT_OUTPUTS, is_summary, summary_text, whole_item
from ..requests import KINDS
from .parts import render_output_part, render_text
from .shapes import as_json, status_of

if TYPE_CHECKING:
    from ....documents import MessageRow

ROLES = {
    role: role for role in ("user", "assistant", "system", "developer", "tool", "unknown", "critic", "discriminator")
} | {"platform": "system"}
_NEVER_SHOWN = frozenset({"framework"})
"""The field in which adapters keep the message of their framework (`adapters/sources.py`)."""
_NEVER_NULL = ("id", "status", "execution", "pending_safety_checks")


def render_sent_item(row: MessageRow) -> dict[str, Any]:
    """A row whose `type` is not `message`: the item as it was sent, with the defaults that an answer must have.

    A kind that OpenAI does not have, and an item that OpenAI's SDK could not read, becomes a message with its JSON. A summary
    becomes a message with its text, behind the numbers that it covers.
    """
    sent = {name: value for name, value in (whole_item(row) or {}).items() if name not in _NEVER_SHOWN}
    kind = KINDS.get(row["type"])
    item_id = row.get("item_id") or row["_id"]
    if kind is not None:
        given = {name: value for name, value in sent.items() if value is not None or name not in _NEVER_NULL}
        shown = {**kind.defaults, **given, "type": row["type"], "id": item_id}
        if row["type"] in TEXT_OUTPUTS and isinstance(shown.get("output"), list):
            shown["output"] = [render_output_part(part) for part in shown["output"] if isinstance(part, dict)]
        if _is_readable(row["type"], shown):
            return shown
    words = summary_text(row) if is_summary(row) else as_json({**sent, "type": row["type"]})
    text = render_text(words, row["role"])
    return {
        "id": row["_id"],
        "type": "message",
        "status": status_of(row),
        "role": ROLES.get(row["role"], "unknown"),
        "content": [text],
    }


def _is_readable(kind: str, item: dict[str, Any]) -> bool:
    """Whether the item fits the schema of its kind. The native API and imports accept every item."""
    try:
        _schema(kind).validate_python(item)
    except ValidationError as error:
        return all(found["type"] == "extra_forbidden" for found in error.errors(include_url=False, include_input=False))
    return True


@cache
def _schema(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(KINDS[kind].schema)
