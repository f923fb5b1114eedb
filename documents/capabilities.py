"""The abilities of a MongoDB server. Opening a Threadkeep asks for them once (docs/mongodb.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo import UpdateOne
from pymongo.errors import ClientBulkWriteException, ConfigurationError, InvalidOperation, OperationFailure

from ..errors import StartupError
from ..log_events import log_events
from .error_classification import code_of, is_transient, meaning_of, name_of
from .error_codes import Meaning
from .thread import Thread

if TYPE_CHECKING:
    from pymongo.asynchronous.collection import AsyncCollection
    from pymongo.asynchronous.database import AsyncDatabase

_log = log_events(__name__)

OLDEST_WIRE_VERSION = 21
"""MongoDB 7.0."""
_WIRE_VERSION_OF_BULK_WRITES = 25
"""MongoDB 8.0."""
_MISSING = (Meaning.UNSUPPORTED, Meaning.REFUSED)


async def require_supported_version(database: AsyncDatabase[dict[str, Any]]) -> None:
    """Raise `StartupError` if the server is too old. Writes nothing. Costs one round trip."""
    greeting = await database.client.admin.command("hello")
    version = greeting.get("maxWireVersion", 0)
    if version < OLDEST_WIRE_VERSION:
        raise StartupError(
            f"Threadkeep needs MongoDB 7 or later (wire version {OLDEST_WIRE_VERSION}), and this server has wire version "
            f"{version}: docs/mongodb.md lists the supported servers."
        )


async def require_supported_server(database: AsyncDatabase[dict[str, Any]]) -> None:
    """Raise `StartupError` if the server lacks what Threadkeep cannot do without. Costs two round trips."""
    await require_supported_version(database)
    try:  # the summary of a thread is updated by a pipeline; this one finds nothing to update
        await database["leases"].update_one({"_id": "probe"}, [{"$set": {"holder": {"$max": ["$holder", "probe"]}}}])
    except OperationFailure as error:
        if meaning_of(error) is Meaning.FULL:  # stored data can still be read
            return
        if meaning_of(error) not in _MISSING:
            raise
        if "retryable writes" in str(error).lower():  # Amazon DocumentDB says this, with a code of its own
            raise StartupError("This server has no retryable writes: add retryWrites=false to its URL.") from error
        raise StartupError(
            "Threadkeep needs a server that updates documents by pipelines, and this one answers "
            f"{name_of(code_of(error))}: docs/mongodb.md lists the supported servers."
        ) from error


async def has_collections(database: AsyncDatabase[dict[str, Any]]) -> bool:
    """Whether the database has the collections of Threadkeep. Creates nothing."""
    return bool(await database.list_collection_names(filter={"name": Thread.Settings.name}))


async def has_transactions(database: AsyncDatabase[dict[str, Any]]) -> bool:
    """Whether the server has transactions. A standalone server has none, and engines that imitate MongoDB may have none.

    An engine may greet as a replica set and have none. So an empty transaction is tried.
    """
    greeting = await database.client.admin.command("hello")
    if "setName" not in greeting and greeting.get("msg") != "isdbgrid":
        return False
    try:
        await _run_empty_transaction(database["leases"])
    except (OperationFailure, ConfigurationError) as error:
        if meaning_of(error) not in _MISSING:
            raise
        _log.warning("part_not_supported", part="transactions", code=code_of(error))
        return False
    return True


async def _run_empty_transaction(collection: AsyncCollection[dict[str, Any]]) -> None:
    async with collection.database.client.start_session() as session, await session.start_transaction():
        await collection.find_one({"_id": "probe"}, {"_id": 1}, session=session)


async def has_bulk_writes(database: AsyncDatabase[dict[str, Any]]) -> bool:
    """Whether one command can write to several collections: `bulkWrite`, since MongoDB 8. One that finds nothing is tried."""
    greeting = await database.client.admin.command("hello")
    if greeting.get("maxWireVersion", 0) < _WIRE_VERSION_OF_BULK_WRITES:
        return False
    nothing = UpdateOne({"_id": "probe"}, {"$set": {"holder": "probe"}}, namespace=f"{database.name}.leases")
    try:
        await database.client.bulk_write([nothing], write_concern=database.write_concern)
    except NotImplementedError:
        return False
    except ClientBulkWriteException as error:
        cause = error.error if isinstance(error.error, Exception) else error
        if meaning_of(cause) is Meaning.FULL:
            return True
        if meaning_of(cause) not in _MISSING:
            raise cause from error
        _log.warning("part_not_supported", part="bulkWrite", code=code_of(cause))
        return False
    except InvalidOperation:  # raised for a client with automatic encryption
        return False
    return True


async def sorts_by_index(database: AsyncDatabase[dict[str, Any]]) -> bool:
    """Whether the server reads a sorted list from an index, so that a page costs only its own rows.

    The embedded server reads all matching rows and sorts them in memory. True also if the server does not support
    `explain`, answers it in another shape, or does not allow it for this user.
    """
    newest = {
        "find": Thread.Settings.name,
        "filter": {"participant_ids": ""},
        "sort": {"last_active_at": -1, "_id": -1},
    }
    try:
        explained = await database.command({"explain": newest, "verbosity": "queryPlanner"})
    except NotImplementedError:
        return True
    except OperationFailure as error:
        if is_transient(error):
            raise
        return True
    planner = explained.get("queryPlanner")
    plan = planner.get("winningPlan") if isinstance(planner, dict) else None
    return "'SORT'" not in str(plan)
