"""A process that writes turns through an adapter until it is killed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from threadkeep.client import AsyncClient
from threadkeep.keep import Threadkeep
from threadkeep.tests.adapters.sessions import SESSIONS

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


def write_turns(kind: str, place: tuple[str, str], first: int, told: Connection) -> None:
    """Write the turns from `first` on. Before each turn, tell its number.

    `place` is the URL of MongoDB with the name of a database, or the URL of a service with a key.
    """
    asyncio.run(_write(kind, place, first, told))


async def _write(kind: str, place: tuple[str, str], first: int, told: Connection) -> None:
    [session] = [one for one in SESSIONS if one.__name__ == kind]
    where, name = place
    if where.startswith("http"):
        opened: AsyncClient | Threadkeep = AsyncClient(where, name)
    else:
        opened = Threadkeep.connect(where, database=name, sweep_seconds=None)
    async with opened as store:
        number = first
        while True:
            told.send(number)
            await session(store, "killed").say(number, "answer")
            number += 1
