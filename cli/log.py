"""The log of a command: warnings, on stderr, because its output may be piped into a file or a variable."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def log_on_stderr() -> Iterator[None]:
    """Write warnings and worse to stderr for the length of a `with`; what structlog did before it does again afterwards."""
    import logging

    import structlog

    before = structlog.get_config()
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        yield
    finally:
        structlog.configure(**before)
