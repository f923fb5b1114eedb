"""The parts of a benchmark. Each part measures one subject and returns tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import (
    adapters,
    disk,
    history,
    imports,
    in_process,
    listing,
    memory,
    network,
    over_client,
    peers,
    requests,
    start_up,
    windows,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ..stage import Stage
    from ..table import Table

PARTS: dict[str, Callable[[Stage], Awaitable[list[Table]]]] = {
    "start-up": start_up.measure,
    "requests": requests.measure,
    "memory": memory.measure,
    "in-process": in_process.measure,
    "network": network.measure,
    "client": over_client.measure,
    "listing": listing.measure,
    "history": history.measure,
    "context": windows.measure,
    "import": imports.measure,
    "disk": disk.measure,
    "peers": peers.measure,
    "adapters": adapters.measure,
}
