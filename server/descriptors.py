"""Fits the numbers of connections to the limit of open files (`nofile`) of this process."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

from ..errors import StartupError
from ..log_events import log_events

if TYPE_CHECKING:
    from ..settings import Settings

RESERVE = 48
"""Open files besides connections: the event loop, the log, the listening socket, the driver's monitors, the embedded server."""
FEWEST = 16
"""Connections without which serving makes no sense."""
_log = log_events("threadkeep")


def fit_connections(settings: Settings) -> Settings:
    """The settings, with fewer connections if the process may not open enough files. The log says so in one line.

    The soft limit is raised first, as far as the hard limit allows. If the limit is still too low, a quarter of the files above
    `RESERVE` goes to MongoDB, the rest to clients. Raises `StartupError` if not even a few connections fit.
    """
    wanted = settings.max_client_connections + settings.max_connections + RESERVE
    limit = _raise_soft_limit(wanted)
    if limit >= wanted:
        return settings
    room = limit - RESERVE
    if room < FEWEST:
        raise StartupError(
            f"The limit of open files is {limit} (ulimit -n). Serving needs at least {RESERVE + FEWEST}."
        )
    to_mongodb = min(settings.max_connections, max(room // 4, 1))
    from_clients = min(settings.max_client_connections, room - to_mongodb)
    _log.warning(
        "too_few_open_files",
        limit=limit,
        wanted=wanted,
        max_client_connections=from_clients,
        max_connections=to_mongodb,
        configured=f"{settings.max_client_connections} and {settings.max_connections}",
    )
    return settings.model_copy(update={"max_client_connections": from_clients, "max_connections": to_mongodb})


def _raise_soft_limit(wanted: int) -> int:
    """The limit of open files after it was raised to `wanted`, or to the hard limit if that is lower."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    reachable = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (reachable, hard))
    except (ValueError, OSError):
        return soft
    return reachable
