"""The migration: brings the validators, indexes, views and documents of a database to the schema of this version.

It may run while the service runs, and in several processes at once. It may be killed anywhere: another run continues it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from pymongo.errors import PyMongoError

from ...clock import now
from ...documents import (
    TEMPLATES,
    MigrationPosition,
    Upgrade,
    differences,
    is_transient,
    require_supported_server,
    require_supported_version,
)
from ...errors import StartupError
from ..database import translates_driver_errors, without_deadline
from .change_progress import ASK_SECONDS, ChangeProgress
from .computed_upgrades import ALL_UPGRADES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymongo.asynchronous.database import AsyncDatabase

    from ...documents import Change
    from .change_progress import Progress

BATCH = 1000
_PAUSE_SECONDS = 0.01
_TRIES = 5


def _ignore_progress(_step: str, _done: int, _total: int) -> None:
    pass


class Migration:
    """Compares the database with the schema of this version, and applies the differences."""

    def __init__(
        self,
        database: AsyncDatabase[dict[str, Any]],
        *,
        upgrades: Sequence[Upgrade] = ALL_UPGRADES,
        batch: int = BATCH,
        ask_seconds: float = ASK_SECONDS,
        pause_seconds: float = 1,
    ) -> None:
        """Ask every `ask_seconds` for the progress of a change that takes long. Wait `pause_seconds` before another try."""
        self._pause_seconds = pause_seconds
        self._database = database
        self._ask_seconds = ask_seconds
        self._upgrades = upgrades
        self._batch = batch
        self._positions = database[str(MigrationPosition.Settings.name)]

    @translates_driver_errors
    async def plan(self) -> list[str]:
        """The steps that `run` would do now, one line each. The list is empty if the schema is current.

        Raises `StartupError` if the server is not supported.
        """
        with without_deadline():
            await require_supported_version(self._database)
            lines = [str(change) for change in await self._changes()]
            for upgrade in self._upgrades:
                count = await self._database[upgrade.collection].count_documents(upgrade.outdated)
                lines += [f"bring {count} {upgrade}"] if count else []
        return lines

    @translates_driver_errors
    async def run(self, progress: Progress = _ignore_progress) -> list[str]:
        """Migrate the database. Returns a line for each step that was done, and lines about documents that could not be upgraded.

        Run it again when the last process of an older version has stopped. It may have written documents that this run had
        passed already. Raises `StartupError` if the server is not supported, before anything is changed, or if the database
        refuses a step.
        """
        done = []
        reports = ChangeProgress(self._database, progress, ask_seconds=self._ask_seconds)
        with without_deadline():  # building an index on a large collection takes hours
            changes = await self._changes()
            await require_supported_server(self._database)  # after that: on the embedded server it creates a collection
            for number, change in enumerate(changes):
                progress(str(change), number, len(changes))
                await reports.during(change, self._apply(change))
                done.append(str(change))
            for upgrade in self._upgrades:
                count = await self._upgrade(upgrade, progress)
                done += [f"bring {count} {upgrade}"] if count else []
                done += await upgrade.conflicts(self._database[upgrade.collection])
        return done

    async def _apply(self, change: Change) -> None:
        """Make the change. Makes it again after a temporary error, as when another member becomes the primary."""
        for again in reversed(range(_TRIES)):
            try:
                await change.apply(self._database)
            except PyMongoError as error:
                if not is_transient(error):
                    raise StartupError(f"cannot {change}: {error}") from error
                if not again:
                    raise
            else:
                return
            await asyncio.sleep(self._pause_seconds)

    async def _changes(self) -> list[Change]:
        return await differences(self._database, TEMPLATES)

    async def _upgrade(self, upgrade: Upgrade, progress: Progress) -> int:
        """Upgrade the documents of a collection in the order of `_id`, one batch after the other.

        Stores the position after each batch, so that another run continues there. Returns how many documents were changed.
        """
        collection = self._database[upgrade.collection]
        total = await collection.estimated_document_count()
        changed = seen = 0
        position = await self._position(upgrade)
        while True:
            beyond = {} if position is None else {"_id": {"$gt": position}}
            batch = await collection.find(beyond, {"_id": 1}).sort("_id", 1).limit(self._batch).to_list()
            if not batch:
                break
            position = batch[-1]["_id"]
            within = {"_id": {"$gte": batch[0]["_id"], "$lte": position}}
            just_changed = await upgrade.apply(collection, within)
            changed += just_changed
            seen += len(batch)
            progress(str(upgrade), seen, max(total, seen))
            await self._store_position(upgrade, position)
            await asyncio.sleep(_PAUSE_SECONDS if just_changed else 0)
        await self._positions.delete_one({"_id": str(upgrade)})
        return changed

    async def _position(self, upgrade: Upgrade) -> str | None:
        found = await self._positions.find_one({"_id": str(upgrade)})
        return None if found is None else found["position"]

    async def _store_position(self, upgrade: Upgrade, position: str) -> None:
        await self._positions.replace_one(
            {"_id": str(upgrade)}, {"position": position, "updated_at": now()}, upsert=True
        )
