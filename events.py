"""Events for the log: a name, and fields by keyword. They go through the standard library, so the host decides where to."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_OF_LOGGING = ("exc_info", "stack_info", "stacklevel", "extra")


class Events(logging.LoggerAdapter[logging.Logger]):
    """A logger whose keywords are fields: `log.info("sweep_postponed", reason="NetworkTimeout")`.

    A host's own handlers see them in the line, `sweep_postponed reason=NetworkTimeout`, and as `event` and `fields` of the record.
    """

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[str, MutableMapping[str, Any]]:
        """Take the fields out of the keywords; called for what is written only."""
        fields = {name: kwargs.pop(name) for name in [*kwargs] if name not in _OF_LOGGING}
        kwargs["extra"] = {"event": msg, "fields": fields}
        return f"{msg} {in_line(fields)}".rstrip(), kwargs


def in_line(fields: dict[str, Any]) -> str:
    """Fields as they stand in a line; what would break the line, or look like another field, is quoted."""
    return " ".join(f"{name}={_quoted(str(value))}" for name, value in fields.items())


def _quoted(text: str) -> str:
    return text if text.isprintable() and " " not in text else repr(text)


def events(name: str) -> Events:
    """The events of one part of the program."""
    return Events(logging.getLogger(name), {})
