"""Reads on hot paths: by the bare `find` command, without the driver's cursors and without its codec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

from bson.codec_options import DEFAULT_CODEC_OPTIONS
from pymongo.errors import AutoReconnect

from .codec import R, exact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pymongo.asynchronous.collection import AsyncCollection
    from pymongo.asynchronous.database import AsyncDatabase


class QuickCollection(Generic[R]):
    """A collection whose rows are read for a sixth less of a request's time than through a cursor (decision 33)."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]], name: str) -> None:
        self._database = database.with_options(codec_options=DEFAULT_CODEC_OPTIONS)
        self.collection: AsyncCollection[R] = self._database[name]  # type: ignore[assignment]  # its rows are these
        """The same collection, to write to."""
        concern = database.read_concern.document
        self._terms = {"readConcern": concern} if concern else {}

    async def find_one(self, where: Mapping[str, Any], projection: Mapping[str, Any] | None = None) -> R | None:
        """The first row that is found."""
        rows, _ = await self.find(where, projection, limit=1)
        return rows[0] if rows else None

    async def find(
        self,
        where: Mapping[str, Any],
        projection: Mapping[str, Any] | None = None,
        *,
        limit: int,
        sort: Mapping[str, int] | None = None,
    ) -> tuple[list[R], bool]:
        """Up to `limit` rows, and whether they are fewer because one reply (16 MiB) holds no more."""
        command = {"find": self.collection.name, "filter": where, "limit": limit, "batchSize": limit + 1, **self._terms}
        if projection is not None:
            command["projection"] = projection
        if sort is not None:
            command["sort"] = sort
        cursor = (await self._answer(command))["cursor"]
        if cursor["id"]:
            await self._database.command({"killCursors": self.collection.name, "cursors": [cursor["id"]]})
        return [exact(row) for row in cursor["firstBatch"]], bool(cursor["id"])

    async def _answer(self, command: dict[str, Any]) -> dict[str, Any]:
        """What the server answers; asked once more where it went away, as the driver does for its own reads."""
        try:
            return await self._database.command({**command})
        except AutoReconnect as error:
            if error.timeout:
                raise
            return await self._database.command(command)
