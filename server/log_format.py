"""The log of the service: events with fields, the request's id in each, never a key and never the text of a message."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

from ..log_events import Event, log_events, quoted, trace_of
from ..routers.http.request_context import REQUEST_ID

if TYPE_CHECKING:
    from ..settings import Settings

_log = log_events("threadkeep")
_LONGEST_LEVEL = len("critical")


def configure_logs(settings: Settings) -> None:
    """Write the log to stderr, as lines for people or as JSON; libraries' own lines go the same way."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    handler = Discreet()
    handler.setFormatter(JsonLines() if settings.log_format == "json" else Lines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("uvicorn.error", "pymongo", "asyncio"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))


class Discreet(logging.StreamHandler[TextIO]):
    """Writes to stderr; a line that cannot be written is not explained with what it would have said, as `logging` does."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Say that a line is missing, and whose."""
        with contextlib.suppress(OSError, ValueError, AttributeError):  # it is full, closed, or was never there
            self.stream.write(f"a line of {record.name} could not be written: {type(sys.exception()).__name__}\n")


class Lines(logging.Formatter):
    """A line for people: time, level, event, logger and fields; below it where an exception came from."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and those of its exception."""
        event = _event(record)
        name = event.name if event.name.isprintable() else quoted(event.name)
        begin = f"{_moment(record)} [{_level(record):{_LONGEST_LEVEL}}] {name} [{record.name}]"
        return str(replace(event, name=begin))


class JsonLines(logging.Formatter):
    """A line for machines: an object with `timestamp`, `level`, `event`, `logger`, fields, and perhaps `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        """The object."""
        event = _event(record)
        said = {"timestamp": _moment(record), "level": _level(record), "event": event.name, "logger": record.name}
        if event.trace is not None:
            said["exception"] = event.trace
        return json.dumps(event.fields | said, default=str)  # the standard library's, which can write anything


def _event(record: logging.LogRecord) -> Event:
    """What the record says, with the request's id; of a library's, its words are the event."""
    event = record.msg
    if not isinstance(event, Event):
        event = Event(record.getMessage(), {}, trace_of(record.exc_info[1] if record.exc_info else None))
    request_id = REQUEST_ID.get()
    return replace(event, fields=event.fields | {"request_id": request_id}) if request_id else event


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")


def _level(record: logging.LogRecord) -> str:
    return record.levelname.lower()


def log_unhandled(_: object, context: dict[str, Any]) -> None:
    """What nobody waited for, as an event loop hears of it; its own words would hold the exception's."""
    _log.error("unhandled", reason=context["message"], exc_info=context.get("exception"))
