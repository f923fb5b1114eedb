"""Events for the log: a name, and fields by keyword. They go through the standard library, so the host decides where to."""

from __future__ import annotations

import logging
import sys
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping

_OF_LOGGING = ("stack_info", "stacklevel", "extra")


@dataclass(frozen=True, slots=True)
class Event:
    """What a record of ours has as its `msg`; as text it is a line, `sweep_postponed reason=NetworkTimeout`."""

    name: str
    fields: dict[str, Any]
    trace: str | None = None
    """Where an exception came from."""

    def __str__(self) -> str:
        line = " ".join((self.name, *(f"{name}={quoted(str(value))}" for name, value in self.fields.items())))
        return line if self.trace is None else f"{line}\n{self.trace}"


class Events(logging.LoggerAdapter[logging.Logger]):
    """A logger whose keywords are fields: `log.info("sweep_postponed", reason="NetworkTimeout")`.

    Of an exception (`exc_info`) no handler sees the words, the host's as little as ours.
    """

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Event, MutableMapping[str, Any]]:
        """Make an event of what was said; called for what is written only."""
        error = kwargs.pop("exc_info", None)
        fields = {name: kwargs.pop(name) for name in [*kwargs] if name not in _OF_LOGGING}
        return Event(msg, fields, trace_of(sys.exception() if error is True else error)), kwargs


def log_events(name: str) -> Events:
    """The events of one part of the program."""
    return Events(logging.getLogger(name), {})


def quoted(text: str) -> str:
    """The text as it may stand in a line: quoted where it would end the line, or look like another field."""
    return text if text.isprintable() and " " not in text else repr(text)


def trace_of(error: BaseException | None) -> str | None:
    """Where an exception came from and what kind it is: its own words, like values, may be the text of messages."""
    return None if error is None else "\n\nthen\n\n".join(_places(one) for one in reversed([*_chain(error)]))


def _places(error: BaseException) -> str:
    places = "".join(traceback.format_tb(error.__traceback__))
    return f"{places}{type(error).__module__}.{type(error).__qualname__}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception, what led to it, and so on; each once, for they may lead back to each other."""
    found: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in found:
        found.append(one)
        yield one
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
