"""What partial indexes hold, as a comparison: `$type` says the same, but the embedded server never uses such an index."""

from __future__ import annotations

from datetime import datetime
from typing import Any

A_STRING: dict[str, Any] = {"$gte": ""}
A_DATE: dict[str, Any] = {"$gte": datetime(1970, 1, 1)}  # noqa: DTZ001 - naive UTC, as the driver has it
