"""The abilities of a MongoDB server. Opening a Threadkeep asks for them once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo.errors import OperationFailure

from .thread import Thread

if TYPE_CHECKING:
    from pymongo import AsyncMongoClient
    from pymongo.asynchronous.database import AsyncDatabase


async def has_collections(database: AsyncDatabase[dict[str, Any]]) -> bool:
    """Whether the database has the collections of Threadkeep. Creates nothing."""
    return bool(await database.list_collection_names(filter={"name": Thread.Settings.name}))


async def has_transactions(client: AsyncMongoClient[dict[str, Any]]) -> bool:
    """Whether the server is a replica set or a sharded cluster. A standalone server has no transactions."""
    hello = await client.admin.command("hello")
    return "setName" in hello or hello.get("msg") == "isdbgrid"


async def sorts_by_index(database: AsyncDatabase[dict[str, Any]]) -> bool:
    """Whether the server reads a sorted list from an index, so that a page costs only its own rows.

    The embedded server reads all matching rows and sorts them in memory. True also if the server does not support
    `explain`, or does not allow it for this user.
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
