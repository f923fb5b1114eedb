"""The format of an export: its version, the fields of each line, and values as JSON."""

from __future__ import annotations

from typing import Any

import orjson

from .. import stored_json

FORMAT = 1
"""The version of the format. The importer refuses a file of a later version."""

USER = (
    *("email", "full_name", "given_name", "family_name", "picture_url", "email_verified"),
    *("oauth_provider", "provider_user_id", "created_at", "updated_at", "external_id"),
)
THREAD = (
    *("owner_id", "participant_ids", "meta_data", "tool_resources", "last_seq", "message_count", "revision"),
    *("created_at", "updated_at", "last_message_at", "last_active_at", "external_id", "external_id_of"),
    *("title", "archived", "pinned", "labels"),
)
"""`external_id_of` is the user whose keys gave the external id; null if services and admins gave it."""
MESSAGE = (
    *("thread_id", "seq", "type", "role", "content", "parts", "item", "attachments", "tool_calls"),
    *("sender_id", "assistant_id", "run_id", "tool_id", "tool_call_id", "status", "incomplete_details", "meta_data"),
    *("created_at", "updated_at", "completed_at", "incomplete_at", "revision", "client_id", "item_id"),
    *("covers", "pinned"),
)
"""All fields of a message, beside its id. A line has each of them, null if the message has no value."""


def as_json(value: Any) -> bytes:
    """Return a stored value as JSON. Dates and other types of BSON become MongoDB Extended JSON."""
    return stored_json.as_json(value, orjson.OPT_PASSTHROUGH_DATETIME)


def is_header(text: bytes) -> bool:
    """Whether a JSON text is the header of an export: the first line of JSON Lines, or the manifest of Parquet."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return isinstance(value, dict) and value.get("object") == "export"
