"""A Threadkeep whose queries are recorded, and the indexes that serve them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from pymongo.monitoring import CommandListener

if TYPE_CHECKING:
    from pymongo.monitoring import CommandFailedEvent, CommandStartedEvent, CommandSucceededEvent

    from threadkeep.keep import Threadkeep

SMALL_COLLECTIONS = {"leases"}
"""Collections of a few documents. A query may read all of them."""
ID = "_id_"


class Recorder(CommandListener):
    """Records the filter of every query with its collection."""

    def __init__(self) -> None:
        self.filters: list[tuple[str, dict[str, Any]]] = []

    def started(self, event: CommandStartedEvent) -> None:
        name, command = event.command_name, event.command
        match name:
            case "find":
                found = [command["filter"]]
            case "aggregate":
                found = [command["pipeline"][0].get("$match", {})]
            case "findAndModify":
                found = [command["query"]]
            case "update":
                found = [update["q"] for update in command["updates"]]
            case "delete":
                found = [delete["q"] for delete in command["deletes"]]
            case _:
                found = []
        self.filters += [(command[name], dict(query)) for query in found]

    def succeeded(self, event: CommandSucceededEvent) -> None:
        pass

    def failed(self, event: CommandFailedEvent) -> None:
        pass


@dataclass
class World:
    """A Threadkeep whose queries are recorded, and the ids of its documents."""

    keep: Threadkeep
    recorder: Recorder
    user_id: str
    email: str
    thread_id: str
    message_ids: list[str]
    key_prefix: str
    plain_key: str
    indexes: dict[str, dict[str, list[str]]]

    async def index_of(self, collection: str, query: dict[str, Any]) -> str | None:
        """Return the name of the index that serves the query. None if the query would read the whole collection."""
        if any(name.startswith("$") for name in query):
            return None
        for name, keys in self.indexes[collection].items():
            served = {key: query[key] for key in keys if key in query}
            if keys[0] in served and await self._is_scanned(collection, served, name):
                return name
        return None

    async def conditions_of(self, collection: str, query: dict[str, Any]) -> list[str]:
        """Return the fields of the query by which the server finds documents. Other conditions are applied to these documents."""
        database = self.keep.runtime.documents.database
        explained = await database.command("explain", {"find": collection, "filter": query}, verbosity="queryPlanner")
        plan = str(explained["queryPlanner"]["winningPlan"])
        keys = next((keys for name, keys in self.indexes[collection].items() if f"'{name}'" in plan), [])
        keys = ["_id"] if "IDHACK" in plan else keys
        return [*takewhile(query.__contains__, keys)]

    async def _is_scanned(self, collection: str, query: dict[str, Any], index: str) -> bool:
        database = self.keep.runtime.documents.database
        explained = await database.command("explain", {"find": collection, "filter": query}, verbosity="queryPlanner")
        plan = str(explained["queryPlanner"]["winningPlan"])
        return "COLLSCAN" not in plan and (f"'{index}'" in plan or (index == ID and "IDHACK" in plan))


@dataclass
class Recorded:
    """A Threadkeep whose queries are recorded, and the keys of its indexes."""

    keep: Threadkeep
    recorder: Recorder
    indexes: dict[str, dict[str, list[str]]]
