"""Log lines: events with fields, the request's id in each, never a key and never the text of a message."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import TYPE_CHECKING, Any

import structlog

from .routers.frame import REQUEST_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .settings import Settings

_log = structlog.get_logger("threadkeep")


def configure_logs(settings: Settings) -> None:
    """Write the log to stderr, as lines for people or as JSON; libraries' own lines go the same way."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[Any] = [
        _add_request_id,
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Any = structlog.processors.JSONRenderer()
    if settings.log_format == "console":
        plain = structlog.dev.plain_traceback
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)
    final: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _say_where]
    handler = logging.StreamHandler()
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[*final, renderer]))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("uvicorn.error", "pymongo", "asyncio"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))


def _add_request_id(_: object, __: str, event: Any) -> Any:
    request_id = REQUEST_ID.get()
    if request_id:
        event["request_id"] = request_id
    return event


def log_unhandled(_: object, context: dict[str, Any]) -> None:
    """What nobody waited for, as an event loop hears of it; its own words would hold the exception's."""
    _log.error("unhandled", reason=context["message"], exc_info=context.get("exception"))


def _say_where(_: object, __: str, event: Any) -> Any:
    """Say where an exception came from and what kind it is: its own words, like values, may be the text of messages."""
    found = event.pop("exc_info", None)
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["exception"] = "".join(_trace(error))
    return event


def _trace(error: BaseException) -> Iterator[str]:
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
