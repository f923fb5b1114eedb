"""Serializes stored users, threads and messages as the lines of an export: ids as `id`, dates in ISO 8601."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ...clock import now
from ...documents import THREAD_SCHEMA_VERSION
from ..export_format import FORMAT, MESSAGE, THREAD, USER, as_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .checkpoint import Counts
    from .cursor import Step
    from .selection import Selection


def line(kind: str, row: Mapping[str, Any], fields: tuple[str, ...]) -> bytes:
    """Return one line of an export, with its newline."""
    values: dict[str, Any] = {"object": kind, "id": row["_id"]}
    for name in fields:
        value = row.get(name)
        values[name] = iso(value) if isinstance(value, datetime) else value
    return as_json(values) + b"\n"


def step_lines(step: Step) -> Iterator[bytes]:
    """Yield the lines of a step: its users, then each thread that it begins, and the messages of each thread."""
    for user in step.users:
        yield line("user", user, USER)
    for piece in step.pieces:
        if piece.begins:
            yield line("thread", piece.thread, THREAD)
        for message in piece.messages:
            yield line("message", message, MESSAGE)


def header_line(first: Mapping[str, Any]) -> bytes:
    """Return the first line of an export."""
    return as_json(first) + b"\n"


def last_line(counts: Counts) -> bytes:
    """Return the last line, which tells a reader that the export is complete."""
    end = {"users": counts.users, "threads": counts.threads, "messages": counts.messages}
    return as_json({"object": "export.end", **end}) + b"\n"


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
