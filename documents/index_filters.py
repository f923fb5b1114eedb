"""Filters of partial indexes. They compare values, because the embedded server never uses a partial index with `$type`."""

from __future__ import annotations

from typing import Any

from ..clock import EPOCH

A_STRING: dict[str, Any] = {"$gte": ""}
A_DATE: dict[str, Any] = {"$gte": EPOCH}
POSITIVE: dict[str, Any] = {"$gt": 0}
