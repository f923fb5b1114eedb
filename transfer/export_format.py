"""The format of an export: its version, the fields of each line, and values as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
from bson import json_util

FORMAT = 1
"""The version of the format. The importer refuses a file of a later version."""

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
"""All fields of a message, beside its id. A line has each of them, null if the message has no value."""


def as_json(value: Any) -> bytes:
    """Return a stored value as JSON.

    Types that only BSON has become MongoDB Extended JSON. Another program may have written them into metadata.
    """
    return orjson.dumps(value, default=_extended, option=orjson.OPT_PASSTHROUGH_DATETIME)


def _extended(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return json_util.default(value)
