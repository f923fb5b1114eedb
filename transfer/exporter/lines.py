"""Users, threads and messages as an export says them: what is stored, with dates in ISO 8601 and ids as `id`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
from bson import json_util

from ...clock import now
from ...documents import THREAD_SCHEMA_VERSION
from ..importer.models import FORMAT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .selection import Selection

USER = (
    *("email", "full_name", "given_name", "family_name", "picture_url", "email_verified"),
    *("oauth_provider", "provider_user_id", "created_at", "updated_at"),
)
THREAD = (
    *("owner_id", "participant_ids", "meta_data", "tool_resources", "last_seq", "message_count", "revision"),
    *("created_at", "updated_at", "last_message_at", "last_active_at"),
)
MESSAGE = (
    *("thread_id", "seq", "type", "role", "content", "parts", "item", "attachments", "tool_calls"),
    *("sender_id", "assistant_id", "run_id", "tool_id", "tool_call_id", "status", "incomplete_details", "meta_data"),
    *("created_at", "updated_at", "completed_at", "incomplete_at", "revision", "client_id"),
)
"""Every field of a message, null where it has none; `threadkeep import` takes them as they are."""


def line(kind: str, row: Mapping[str, Any], fields: tuple[str, ...]) -> bytes:
    """One line of an export."""
    said: dict[str, Any] = {"object": kind, "id": row["_id"]}
    for name in fields:
        value = row.get(name)
        said[name] = iso(value) if isinstance(value, datetime) else value
    return as_json(said) + b"\n"


def as_json(value: Any) -> bytes:
    """JSON; what only BSON knows (another program may have written it into metadata) as Extended JSON."""
    return orjson.dumps(value, default=_extended, option=orjson.OPT_PASSTHROUGH_DATETIME)


def iso(moment: datetime) -> str:
    """A date of the driver's to the millisecond."""
    return f"{moment.isoformat(timespec='milliseconds')}Z"


def header(selection: Selection) -> dict[str, Any]:
    """What an export says of itself."""
    return {
        "object": "export",
        "format": FORMAT,
        "schema_version": THREAD_SCHEMA_VERSION,
        "exported_at": iso(now()),
        "selection": selection.said(),
    }


def _extended(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return json_util.default(value)
