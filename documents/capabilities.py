"""What a server can do, asked of it once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo.errors import OperationFailure

from .thread import Thread

if TYPE_CHECKING:
    from pymongo import AsyncMongoClient
    from pymongo.asynchronous.database import AsyncDatabase


async def has_transactions(client: AsyncMongoClient[dict[str, Any]]) -> bool:
    """Whether this is a replica set or a sharded cluster; a standalone server has no transactions."""
    hello = await client.admin.command("hello")
    return "setName" in hello or hello.get("msg") == "isdbgrid"


async def sorts_by_index(database: AsyncDatabase[dict[str, Any]]) -> bool:
    """Whether a list costs what is asked of it: the embedded server reads and sorts all that it could be taken from.

    Taken for granted of a server that does not explain itself, or not to everybody.
    """
    newest = {
        "find": Thread.Settings.name,
        "filter": {"participant_ids": ""},
        "sort": {"last_active_at": -1, "_id": -1},
    }
    try:
        explained = await database.command({"explain": newest, "verbosity": "queryPlanner"})
    except (OperationFailure, NotImplementedError):
        return True
    return "'SORT'" not in str(explained["queryPlanner"]["winningPlan"])
