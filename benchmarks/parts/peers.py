"""Compares Threadkeep in process with other libraries that store conversations in MongoDB, on the same server."""

from __future__ import annotations

from contextlib import AsyncExitStack
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from ...errors import StartupError
from ..calls import RepeatedCall
from ..database import database
from ..peers import PEERS
from ..rounds import Comparison, compare
from ..table import Table, microseconds, milliseconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..peers.peer import Histories, Peer
    from ..stage import Stage

_LAST = 20
_OURS = PEERS[0].name
_NOT_RUN = (
    "The service whose API the native API continues was measured earlier, not in this run: 1,000 million instructions for a "
    "request as it is shipped, and 15 to 44 million without the hashing of its passwords."
)


async def measure(stage: Stage) -> list[Table]:
    """The tables of reading the newest 20 messages, reading all, and appending one, with several lengths of history."""
    table = Table(
        "peers",
        "Compared with other libraries",
        f"Waiting time of a caller and CPU time of its process, for one call with a history of this length. The last column is the "
        f"CPU time in units of {_OURS}'s. Each library has its own database and is used as its documentation says. The "
        "libraries do different work for a call: see the next table.",
        ["call", "messages", "library", "wait", "CPU", f"CPU / {_OURS}"],
    )
    async with AsyncExitStack() as exits:
        opened: dict[str, Histories] = {}
        for peer in filter(installed, PEERS):
            name = exits.enter_context(database(stage.mongodb.url))
            opened[peer.name] = await exits.enter_async_context(peer.on(stage.mongodb.url, name))
        for length in stage.effort.peers:
            await _fill(stage, opened, length)
            for call, found in (await _compare(stage, opened, str(length))).items():
                for who in opened:
                    ratio = f"{found.ratio(who, _OURS):.2f}"
                    table.add(
                        call, f"{length:,}", who, milliseconds(found.wall(who)), microseconds(found.cpu(who)), ratio
                    )
    return [table, _differences()]


async def _fill(stage: Stage, opened: dict[str, Histories], length: int) -> None:
    task = stage.progress.add_task(f"histories of {length:,}", total=len(opened))
    for histories in opened.values():
        await histories.fill(str(length), length)
        stage.progress.advance(task)


async def _compare(stage: Stage, opened: dict[str, Histories], name: str) -> dict[str, Comparison]:
    """The comparisons of each call. Appends come last, because they make the histories longer."""
    calls: dict[str, Callable[[Histories], Callable[[], Any]]] = {
        f"newest {_LAST}": lambda histories: lambda: histories.last(name, _LAST),
        "all": lambda histories: lambda: histories.everything(name),
        "append": lambda histories: lambda: histories.append(name),
    }
    task = stage.progress.add_task(f"peers at {name}", total=len(calls) * (stage.effort.rounds + 1))
    return {
        call: await compare(
            {who: RepeatedCall(bind(histories)) for who, histories in opened.items()},
            rounds=stage.effort.rounds,
            seconds=stage.effort.lap / 2,
            progress=lambda: stage.progress.advance(task),
        )
        for call, bind in calls.items()
    }


def _differences() -> Table:
    table = Table("peers", "The work of each library", _NOT_RUN, ["library", "version", "work"])
    for peer in filter(installed, PEERS):
        table.add(peer.name, version(peer.package), peer.does)
    return table


def require_packages() -> None:
    """Raise `StartupError` if none of the other libraries is installed. Only installed libraries are measured."""
    if not any(installed(peer) for peer in PEERS[1:]):
        raise StartupError("The peers are not installed: pip install 'threadkeep[bench-peers]'.")


def installed(peer: type[Peer]) -> bool:
    """Whether the library of the peer is installed."""
    try:
        version(peer.package)
    except PackageNotFoundError:
        return False
    return True
