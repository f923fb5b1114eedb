"""Log events: a name and fields. They use the standard `logging` library, so the host application configures their output."""

from __future__ import annotations

import logging
import sys
import traceback
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the current request. Every log line has it."""
_LOGGING_KEYWORDS = ("stack_info", "stacklevel", "extra")


@dataclass(frozen=True, slots=True)
class Event:
    """The `msg` of a log record of Threadkeep. As a string it is one line: `sweep_postponed reason=NetworkTimeout`."""

    name: str
    fields: dict[str, Any]
    trace: str | None = None
    """The traceback and type of an exception, without its message; None if there is no exception."""

    def __str__(self) -> str:
        line = " ".join((self.name, *(f"{name}={quoted(str(value))}" for name, value in self.fields.items())))
        return line if self.trace is None else f"{line}\n{self.trace}"


class Events(logging.LoggerAdapter[logging.Logger]):
    """A logger whose keyword arguments become fields: `log.info("sweep_postponed", reason="NetworkTimeout")`.

    The message of an exception (`exc_info`) never reaches a handler, because it may contain the text of messages.
    """

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Event, MutableMapping[str, Any]]:
        """Make the event of one log call. `logging` calls this only if the level is enabled."""
        error = kwargs.pop("exc_info", None)
        fields = {name: kwargs.pop(name) for name in [*kwargs] if name not in _LOGGING_KEYWORDS}
        return Event(msg, fields, trace_of(sys.exception() if error is True else error)), kwargs


def log_events(name: str) -> Events:
    """The event logger with this name."""
    return Events(logging.getLogger(name), {})


def quoted(text: str) -> str:
    """The text, quoted if it has spaces or unprintable characters, so that it stays one field of one line."""
    return text if text.isprintable() and " " not in text else repr(text)


def trace_of(error: BaseException | None) -> str | None:
    """The traceback and type of an exception and its causes, without their messages, which may hold the text of messages."""
    return None if error is None else "\n\nthen\n\n".join(_location(one) for one in reversed([*_chain(error)]))


def _location(error: BaseException) -> str:
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{frames}{type(error).__module__}.{type(error).__qualname__}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the exception, then its cause, and so on. Each exception comes once: causes can form a circle."""
    found: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in found:
        found.append(one)
        yield one
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
