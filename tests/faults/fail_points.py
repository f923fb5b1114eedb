"""Fail points: a MongoDB test server fails commands of Threadkeep, and no others, until the end of a context."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo import MongoClient


@contextmanager
def failing(
    mongo: MongoClient[dict[str, Any]], *commands: str, times: int | None = None, **data: Any
) -> Iterator[None]:
    """Make these commands of Threadkeeps fail by `errorCode`, `closeConnection`, `blockConnection` with `blockTimeMS` …"""
    data = {"failCommands": list(commands), "appName": "threadkeep"} | data
    mode: Any = "alwaysOn" if times is None else {"times": times}
    mongo.admin.command("configureFailPoint", "failCommand", mode=mode, data=data)
    try:
        yield
    finally:
        mongo.admin.command("configureFailPoint", "failCommand", mode="off")
