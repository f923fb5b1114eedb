"""Reads on hot paths: by the bare `find` command, without the driver's cursors and without `EXACT`."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic

import pymongo
from bson.codec_options import DEFAULT_CODEC_OPTIONS
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError, ServerSelectionTimeoutError

from .codec import R, exact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pymongo.asynchronous.collection import AsyncCollection
    from pymongo.asynchronous.database import AsyncDatabase

_RETRYABLE_CODES = frozenset({6, 7, 89, 134, 262, 9001})
"""Besides those that PyMongo makes connection failures of: what the retryable reads specification lists."""
_PAUSE_SECONDS = 0.05


class FastReads(Generic[R]):
    """A collection whose rows are read for a sixth less of a read's time than through a cursor (decision 33)."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]], name: str) -> None:
        self._database = database.with_options(codec_options=DEFAULT_CODEC_OPTIONS)
        self.collection: AsyncCollection[R] = self._database[name]  # type: ignore[assignment]  # its rows are these
        """The same collection, to write to."""
        concern = database.read_concern.document
        self._terms = {"readConcern": concern} if concern else {}

    async def find_one(self, where: Mapping[str, Any], projection: Mapping[str, Any] | None = None) -> R | None:
        """The first row that is found."""
        command = {"find": self.collection.name, "filter": where, "limit": 1, "singleBatch": True, **self._terms}
        if projection is not None:
            command["projection"] = projection
        rows = (await self._answer(command))["cursor"]["firstBatch"]
        return exact(rows[0]) if rows else None

    async def find(
        self,
        where: Mapping[str, Any],
        projection: Mapping[str, Any],
        *,
        limit: int,
        sort: Mapping[str, int] | None = None,
    ) -> tuple[list[R], bool]:
        """Up to `limit` rows (at least 1), and whether they are fewer because one reply (16 MiB) holds no more."""
        command = {
            "find": self.collection.name,
            "filter": where,
            "projection": projection,
            "limit": limit,
            **self._terms,
        }
        command["batchSize"] = limit + 1  # with as many as the limit the server would keep a cursor
        if sort is not None:
            command["sort"] = sort
        cursor = (await self._answer(command))["cursor"]
        if cursor["id"]:
            with suppress(PyMongoError):  # the rows are here; the server ends by itself what it hears nothing of
                await self._database.command({"killCursors": self.collection.name, "cursors": [cursor["id"]]})
        return [exact(row) for row in cursor["firstBatch"]], bool(cursor["id"])

    async def _answer(self, command: dict[str, Any]) -> dict[str, Any]:
        """What the server answers; asked again where it went away, as the driver does for its own reads."""
        began = time.monotonic()
        try:
            return await self._database.command({**command})
        except PyMongoError as error:
            if not self._may_pass(error):
                raise
            return await self._answer_again(command, began, error)

    async def _answer_again(self, command: dict[str, Any], began: float, error: PyMongoError) -> dict[str, Any]:
        """Until the time is over that one operation may take; once, where the client knows no such time."""
        seconds = self._database.client.options.timeout
        if seconds is None:
            return await self._database.command(command)
        while (left := began + seconds - time.monotonic()) > 0:
            try:
                with pymongo.timeout(left):
                    return await self._database.command({**command})
            except PyMongoError as again:
                if not self._may_pass(again):
                    raise
                error = again
                await asyncio.sleep(_PAUSE_SECONDS)
        raise error

    def _may_pass(self, error: PyMongoError) -> bool:
        options = self._database.client.options
        over = isinstance(error, ServerSelectionTimeoutError) or (error.timeout and options.timeout is not None)
        if over or not options.retry_reads:
            return False
        retryable = isinstance(error, OperationFailure) and error.code in _RETRYABLE_CODES
        return retryable or isinstance(error, ConnectionFailure)
