"""Filters of partial indexes. They compare values, because the embedded server never uses a partial index with `$type`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

A_STRING: dict[str, Any] = {"$gte": ""}
A_DATE: dict[str, Any] = {"$gte": datetime(1970, 1, 1)}  # noqa: DTZ001 - naive UTC, as the driver returns dates
