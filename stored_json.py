"""Stored values as JSON. Another program may have stored values that JSON does not have."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
from bson import json_util


def as_json(value: Any, option: int = orjson.OPT_NAIVE_UTC) -> bytes:
    """The value as JSON. A type that only BSON has becomes MongoDB Extended JSON: `{"$oid": "…"}`.

    Dates become ISO 8601, or Extended JSON if `option` has `orjson.OPT_PASSTHROUGH_DATETIME`.
    """
    return orjson.dumps(value, _extended, option)


def _extended(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return json_util.default(value)
