"""Serializes stored users, threads and messages as the lines of an export: ids as `id`, dates in ISO 8601."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ...clock import now
from ...documents import THREAD_SCHEMA_VERSION
from ..export_format import FORMAT, as_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .selection import Selection


def line(kind: str, row: Mapping[str, Any], fields: tuple[str, ...]) -> bytes:
    """Return one line of an export, with its newline."""
    values: dict[str, Any] = {"object": kind, "id": row["_id"]}
    for name in fields:
        value = row.get(name)
        values[name] = iso(value) if isinstance(value, datetime) else value
    return as_json(values) + b"\n"


def iso(moment: datetime) -> str:
    """Return a date of the driver (UTC, without a zone) in ISO 8601, to the millisecond."""
    return f"{moment.isoformat(timespec='milliseconds')}Z"


def header(selection: Selection) -> dict[str, Any]:
    """Return the first line of an export: its format, its time and its selection."""
    return {
        "object": "export",
        "format": FORMAT,
        "schema_version": THREAD_SCHEMA_VERSION,
        "exported_at": iso(now()),
        "selection": selection.to_dict(),
    }
