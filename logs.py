"""The log of the service: events with fields, the request's id in each, never a key and never the text of a message."""

from __future__ import annotations

import contextlib
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

import orjson

from .events import events, in_line
from .routers.frame import REQUEST_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .settings import Settings

_log = events("threadkeep")
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
        with contextlib.suppress(OSError, ValueError):  # nobody reads it any more, or it is closed
            self.stream.write(f"a line of {record.name} could not be written: {type(sys.exception()).__name__}\n")


class Lines(logging.Formatter):
    """A line for people: time, level, event, logger and fields; below it where an exception came from."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and those of its exception."""
        said = _said(record)
        level, fields = f"{said['level']:{_LONGEST_LEVEL}}", in_line(said["fields"])
        line = f"{said['timestamp']} [{level}] {said['event']} [{said['logger']}] {fields}".rstrip()
        return f"{line}\n{said['exception']}" if "exception" in said else line


class JsonLines(logging.Formatter):
    """A line for machines: an object with the event, its fields, `level`, `logger`, `timestamp` and perhaps `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        """The object."""
        said = _said(record)
        fields = said.pop("fields")
        return orjson.dumps(said | fields, default=str).decode()


def _said(record: logging.LogRecord) -> dict[str, Any]:
    """What both kinds of lines say; of a library's line, its words are the event."""
    fields = dict(getattr(record, "fields", {}))
    request_id = REQUEST_ID.get()
    if request_id:
        fields["request_id"] = request_id
    said = {
        "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "event": getattr(record, "event", None) or record.getMessage(),
        "logger": record.name,
        "fields": fields,
    }
    error = record.exc_info[1] if record.exc_info else None
    return said if error is None else said | {"exception": "".join(_trace(error))}


def log_unhandled(_: object, context: dict[str, Any]) -> None:
    """What nobody waited for, as an event loop hears of it; its own words would hold the exception's."""
    _log.error("unhandled", reason=context["message"], exc_info=context.get("exception"))


def _trace(error: BaseException) -> Iterator[str]:
    """Where an exception came from and what kind it is: its own words, like values, may be the text of messages."""
    for place, one in enumerate(reversed(_chain(error))):
        if place:
            yield "\n\nthen\n\n"
        yield from traceback.format_tb(one.__traceback__)
        yield f"{type(one).__module__}.{type(one).__qualname__}"


def _chain(error: BaseException) -> list[BaseException]:
    """The exception, what led to it, and so on; each once, for they may lead back to each other."""
    found: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in found:
        found.append(one)
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return found
