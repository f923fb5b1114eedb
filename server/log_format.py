"""The log of the service: events with fields and the id of the request. No line holds a key or the text of a message."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

from ..log_events import REQUEST_ID, Event, log_events, quoted, trace_of

if TYPE_CHECKING:
    from ..settings import Settings

_log = log_events("threadkeep")
_LONGEST_LEVEL = len("critical")


def configure_logs(settings: Settings) -> None:
    """Write the log to stderr, as text lines or as JSON lines. Log lines of libraries have the same format."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    handler = StderrHandler()
    handler.setFormatter(JsonLines() if settings.log_format == "json" else TextLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("pymongo", "asyncio"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))
    # Uvicorn warns of each malformed request, so strangers could fill the disk.
    logging.getLogger("uvicorn.error").setLevel(max(level, logging.ERROR))


class StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to stderr. If a line cannot be written, its content is not printed; `logging` would print it in a traceback."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Write that a line is missing, with the name of its logger."""
        with contextlib.suppress(OSError, ValueError, AttributeError):  # stderr is full, closed or missing
            self.stream.write(f"a line of {record.name} could not be written: {type(sys.exception()).__name__}\n")


class TextLines(logging.Formatter):
    """Formats a record as text: time, level, event, logger and fields. The traceback of an exception follows below."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and the lines of its traceback."""
        event = _event(record)
        name = event.name if event.name.isprintable() else quoted(event.name)
        start = f"{_moment(record)} [{_level(record):{_LONGEST_LEVEL}}] {name} [{record.name}]"
        return str(replace(event, name=start))


class JsonLines(logging.Formatter):
    """Formats a record as a JSON object: `timestamp`, `level`, `event`, `logger`, the fields, and `exception` if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The JSON object in one line."""
        event = _event(record)
        values = {"timestamp": _moment(record), "level": _level(record), "event": event.name, "logger": record.name}
        if event.trace is not None:
            values["exception"] = event.trace
        return json.dumps(event.fields | values, default=str)  # `default=str` can write any value


def _event(record: logging.LogRecord) -> Event:
    """The event of a record, with the id of the request. For a record of a library, its message is the name of the event."""
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
    """Log an exception that no code handled, as the event loop reports it, without the message of the exception."""
    _log.error("unhandled", reason=context["message"], exc_info=context.get("exception"))
